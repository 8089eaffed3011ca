// doors: tries every door in every situation and prints the table of what came of it, from the outcomes
// themselves. Exit status 0: each is as it has to be; 1: the cells that are not are named; 2: wrong use.
//
//   doors [--door aws|oci|topic|dbus|command] [--force|--no-force] [--situation NAME] [--list]
#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <optional>

#include "doors/table.h"

namespace kedge::doors {
namespace {

struct Choice {
  std::string door;       // empty: all
  std::string situation;  // likewise
  std::optional<bool> force;
  bool list = false;

  bool Has(const Cell& cell) const {
    return (door.empty() || door == cell.door) && (situation.empty() || situation == cell.situation) &&
           force.value_or(cell.force) == cell.force;
  }
};

bool Read(const std::vector<std::string>& words, Choice* choice) {
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--force" || words[i] == "--no-force") {
      choice->force = words[i] == "--force";
    } else if (words[i] == "--list") {
      choice->list = true;
    } else if (words[i] == "--door" && i + 1 < words.size() && has(DoorNames(), words[i + 1])) {
      choice->door = words[++i];
    } else if (words[i] == "--situation" && i + 1 < words.size() && has(SituationNames(), words[i + 1])) {
      choice->situation = words[++i];
    } else {
      return false;
    }
  }
  return true;
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

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

// A block a situation: door, manner, answer, end.
void Print(const std::vector<std::pair<Cell, std::string>>& results) {
  for (const std::string& situation : SituationNames()) {
    bool headed = false;
    for (const auto& [cell, result] : results) {
      if (cell.situation != situation) continue;
      if (!headed) std::printf("\n%s\n", situation.c_str());
      headed = true;
      const std::string said = result.substr(0, result.find('\n'));
      const size_t colon = said.find(": ");
      std::printf("  %s %s %s %s\n", Padded(cell.door, 8).c_str(), cell.force ? "forced  " : "graceful",
                  Padded(said.substr(0, colon), 32).c_str(),
                  colon == std::string::npos ? "" : said.substr(colon + 2).c_str());
    }
  }
}

int Main(const std::vector<std::string>& words) {
  Choice choice;
  if (!Read(words, &choice)) {
    std::fprintf(
        stderr,
        "doors: wrong use; type: doors [--door NAME] [--force|--no-force] [--situation NAME] [--list]\n");
    return 2;
  }
  std::vector<std::pair<Cell, std::string>> results;
  std::string wrong;
  Session session;
  for (const Cell& cell : AllCells()) {
    if (!choice.Has(cell)) continue;
    if (choice.list) {
      std::printf("%s\n", ToString(cell).c_str());
      continue;
    }
    results.emplace_back(cell, session.Do(cell));
    const std::string expected = ToString(Expected(cell));
    if (results.back().second == expected) continue;
    wrong += ToString(cell) + "\n  expected " + expected + "\n  got      " + results.back().second + "\n";
  }
  if (choice.list) return 0;
  Print(results);
  const auto failed = std::count(wrong.begin(), wrong.end(), '\n');
  std::printf("\n%zu cells, %s\n", results.size(),
              failed == 0 ? "each as it has to be" : "not all as they have to be:");
  std::printf("%s", wrong.c_str());
  return failed == 0 && !results.empty() ? 0 : 1;
}

}  // namespace
}  // namespace kedge::doors

int main(int argc, char** argv) {
  return kedge::doors::Main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
