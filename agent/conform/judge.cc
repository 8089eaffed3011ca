#include "conform/judge.h"

#include <sstream>

namespace kedge::conform {
namespace {

std::string NameOf(const std::vector<std::string>& probe) {
  std::string name = "probe '";
  for (size_t i = 0; i < probe.size(); ++i) name += (i == 0 ? "" : " ") + probe[i];
  return name + "'";
}

// The first line in which two answers differ.
std::string FirstDifference(const std::string& was, const std::string& is) {
  std::istringstream old_lines(was);
  std::istringstream new_lines(is);
  for (;;) {
    std::string old_line;
    std::string new_line;
    const bool has_old = static_cast<bool>(std::getline(old_lines, old_line));
    const bool has_new = static_cast<bool>(std::getline(new_lines, new_line));
    if (!has_old && !has_new) return "differs in its line ends";
    if (!has_old) return "'" + new_line + "', was absent";
    if (!has_new) return "absent, was '" + old_line + "'";
    if (old_line != new_line) return "'" + new_line + "', was '" + old_line + "'";
  }
}

}  // namespace

Result<Picture> Judge::Look() {
  auto files = lister_.List(options_.watch);
  if (!files) return Unexpected(files.error().Within("--watch"));
  Picture picture{std::move(*files), {}};
  for (const auto& probe : options_.probes) {
    const Called called = bench_.RunCommand(probe);
    const auto* exited = std::get_if<Exited>(&called.ending);
    if (exited == nullptr) {
      return Unexpected(ErrorKind::kUnavailable, NameOf(probe) + ": " + ToString(called.ending));
    }
    picture.answers.push_back(ToString(called.ending) + "\n" + called.output.out.Text());
  }
  return picture;
}

std::vector<std::string> Judge::Compare(const Picture& was, const Picture& is) const {
  std::vector<std::string> lines = Differences(was.files, is.files);
  for (size_t i = 0; i < was.answers.size() && i < is.answers.size(); ++i) {
    if (was.answers[i] == is.answers[i]) continue;
    lines.push_back(NameOf(options_.probes[i]) + ": " + FirstDifference(was.answers[i], is.answers[i]));
  }
  return lines;
}

}  // namespace kedge::conform
