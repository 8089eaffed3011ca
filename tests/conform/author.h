// The author of a handler, with scripts of his own and a place that they change, and what `kedge
// handler-test` tells him.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "handlers/program.h"

namespace kedge::testing {

// Not every file system can tell what is synced: this case is looked at by its own test.
inline constexpr char kOnGoodDisks[] = "power-loses-writes";

// What the command has said.
struct Tested {
  int status = -1;
  std::string out;  // JSON
  std::string err;

  // "ok", "BROKEN", "not shown", "note"; "absent" for a case that was not come to.
  std::string Result(const std::string& name) const;
  // The text of a case, and all that was seen.
  std::string Words(const std::string& name) const;
  // The names of the cases with this result, a blank between them; but for kOnGoodDisks.
  std::string Names(const std::string& result) const;
};

// A handler that keeps the contract: sets the content of a file. ARGs: FILE TEXT. Each of its scripts can be
// replaced by one that does not.
class Author {
 public:
  Author();
  // Replaces one line of a script by others; the line has to be there.
  void Change(const std::string& verb, const std::string& line, const std::string& by);
  // Puts a line at the start of a script, after its `set -eu`.
  void Begin(const std::string& verb, const std::string& line);
  void Write(const std::string& verb, const std::string& script);
  void Remove(const std::string& verb);

  std::string handler() const { return folder_ / "handler"; }
  std::string place() const { return folder_ / "place"; }
  std::string target() const { return place() + "/target"; }
  // With --watch of the place and the arguments TARGET new.
  Tested Test(std::vector<std::string> options = {}) const;
  // With these words behind `kedge handler-test`, and --json.
  Tested TestWith(std::vector<std::string> words) const;

 private:
  TemporaryFolder folder_;
  std::map<std::string, std::string> scripts_;
};

}  // namespace kedge::testing
