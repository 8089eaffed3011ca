// A booted systemd with units of the test's own, and what is compared: not with the guard's means, but with
// what systemctl shows and a full listing of the folders.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "handlers/handler_case.h"
#include "handlers/line_diff.h"
#include "handlers/listing.h"

namespace kedge::testing {

// Runs systemctl; a failure is none of the test's concern unless it looks.
Finished Systemctl(const std::vector<std::string>& arguments);
// As above, and throws when it fails: the test's surroundings.
void MustSystemctl(const std::vector<std::string>& arguments);
std::string Property(const std::string& unit, const std::string& property);

// The units that the tests play with, all named t-*, freshly made and in their first states:
//   t-base    runs                               t-app     runs, requires t-base
//   t-user    runs, bound to t-app               t-slow    down; takes a while to start and stop; wants
//   t-helper t-helper  down                               t-once    active (exited) t-bad     failed t-rival
//   down, conflicts with t-app t-crash   down; fails shortly after a start  t-sock    .socket and .service:
//   both run t-tick    .timer, active; .service: down     t-at@a    an instance, runs t-lib     runs; its
//   file is none of an administrator's t-off     down and masked                    t-never   down; its
//   condition is not met
// t-app and t-slow can be enabled.
class Fleet {
 public:
  Fleet();
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Everything that is to be as it was, as text: each unit's state, and each file. Waits until nothing is
  // queued.
  std::string Look() const;
  std::vector<std::string> names() const;
  // Has t-bad fail, as it did at first; returns when it has.
  void FailAgain() const;

 private:
  static void Clear();
};

void WriteUnit(const std::string& name, const std::string& content);

}  // namespace kedge::testing
