// doors: tries every door in every situation and prints the table of what came of it, from the outcomes
// themselves.
//
//   doors [CELLS] [--into FILE]         tries them; with a file the outcomes are judged by whoever reads it
//   doors [CELLS] --judge FILE...       judges what --into wrote; prints the table
//     --page README.md                  moreover this page has the table, as it was printed
//   doors [CELLS] --list
//   CELLS: --door aws|oci|topic|dbus|command, --force or --no-force, --situation NAME; without: all
//
// Exit status 0: each is as it has to be, or (--into) was tried; 1: the cells that are not are named; 2:
// wrong use.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>

#include "doors/table.h"
#include "rig/files.h"

namespace kedge::doors {
namespace {

struct Choice {
  std::string door;       // empty: all
  std::string situation;  // likewise
  std::optional<bool> force;
  bool list = false;
  std::string into;
  bool judge = false;
  std::vector<std::string> files;  // of --judge
  std::string page;

  bool Has(const Cell& cell) const {
    return (door.empty() || door == cell.door) && (situation.empty() || situation == cell.situation) &&
           force.value_or(cell.force) == cell.force;
  }
  std::vector<Cell> Cells() const {
    std::vector<Cell> cells;
    for (const Cell& cell : AllCells()) {
      if (Has(cell)) cells.push_back(cell);
    }
    return cells;
  }
};

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<Choice> Read(const std::vector<std::string>& words) {
  Choice choice;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string next = i + 1 < words.size() ? words[i + 1] : "";
    if (word == "--force" || word == "--no-force") {
      choice.force = word == "--force";
    } else if (word == "--list") {
      choice.list = true;
    } else if (word == "--judge") {
      choice.judge = true;
    } else if (choice.judge && !word.starts_with("--")) {
      choice.files.push_back(word);
    } else if (word == "--door" && Has(DoorNames(), next)) {
      choice.door = words[++i];
    } else if (word == "--situation" && Has(SituationNames(), next)) {
      choice.situation = words[++i];
    } else if ((word == "--into" || word == "--page") && !next.empty()) {
      (word == "--into" ? choice.into : choice.page) = words[++i];
    } else {
      return std::nullopt;
    }
  }
  return choice;
}

// One rig for all cells of a door: each finds the device idle and leaves it so.
class Session {
 public:
  std::string Do(const Cell& cell) {
    try {
      if (door_name_ != cell.door || !rig_) Open(cell.door);
      const std::string name = cell.door + (cell.force ? "-forced-" : "-graceful-") + cell.situation;
      return ToString(Try(*rig_, *door_, cell.situation, cell.force, name));
    } catch (const std::exception& why) {
      // Whatever state that left it in is no business of the next cell.
      door_.reset();
      rig_.reset();
      return std::string("went wrong: ") + why.what();
    }
  }

 private:
  void Open(const std::string& door) {
    door_.reset();
    rig_.reset();
    rig_ = std::make_unique<Rig>();
    door_ = OpenDoor(door, *rig_);
    door_name_ = door;
  }

  std::unique_ptr<Rig> rig_;
  std::unique_ptr<Door> door_;
  std::string door_name_;
};

std::vector<Result> TryAll(const std::vector<Cell>& cells) {
  std::vector<Result> results;
  Session session;
  for (const Cell& cell : cells) {
    const auto begun = std::chrono::steady_clock::now();
    results.push_back({cell, session.Do(cell)});
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::printf("%s  %-42s %5.1f s\n", results.back().good() ? "ok   " : "WRONG", ToString(cell).c_str(),
                took.count());
    std::fflush(stdout);
  }
  return results;
}

// The chosen cells as the files have them; one that they lack went wrong.
std::vector<Result> Tried(const Choice& choice) {
  std::vector<Result> known;
  for (const std::string& file : choice.files) {
    for (Result& result : ReadResults(file)) known.push_back(std::move(result));
  }
  std::vector<Result> results;
  for (const Cell& cell : choice.Cells()) {
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const Result& one) { return one.cell == cell; });
    results.push_back(found != known.end() ? *found : Result{cell, "went wrong: it was not tried"});
  }
  return results;
}

int Judge(const std::vector<Result>& results, const std::string& page) {
  const std::string table = TableText(results);
  const std::string wrong = WrongText(results);
  std::printf("\n%s\n%zu cells, %s\n%s", table.c_str(), results.size(),
              wrong.empty() ? "each as it has to be" : "not all as they have to be:", wrong.c_str());
  if (!page.empty() && rig::ReadIfThere(page).find("\n```\n" + table + "```\n") == std::string::npos) {
    std::printf("%s has another table; put this one between its lines of ```\n", page.c_str());
    return 1;
  }
  return wrong.empty() && !results.empty() ? 0 : 1;
}

int Main(const std::vector<std::string>& words) {
  const auto choice = Read(words);
  if (!choice) {
    std::fprintf(stderr,
                 "doors: wrong use; type: doors [--door NAME] [--force|--no-force] [--situation NAME] "
                 "[--list | --into FILE | --judge FILE... [--page FILE]]\n");
    return 2;
  }
  if (choice->list) {
    for (const Cell& cell : choice->Cells()) std::printf("%s\n", ToString(cell).c_str());
    return 0;
  }
  if (choice->judge) return Judge(Tried(*choice), choice->page);
  if (choice->into.empty()) return Judge(TryAll(choice->Cells()), choice->page);
  std::filesystem::remove(choice->into);  // nobody is to judge an older one
  WriteResults(choice->into, TryAll(choice->Cells()));
  return 0;
}

}  // namespace
}  // namespace kedge::doors

int main(int argc, char** argv) {
  try {
    return kedge::doors::Main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  } catch (const std::exception& why) {
    std::fprintf(stderr, "doors: %s\n", why.what());
    return 1;
  }
}
