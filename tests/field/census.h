// What a device is, told by this test's own means and never by a guard: every file with a hash of its
// content, what dpkg and apt say, what systemd says. Two of them are compared after each roll-back.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "field/device.h"

namespace kedge::field {

struct Subject {
  std::vector<std::string> paths =
      {};  // with all beneath; besides /etc, /usr, /opt and dpkg's own information
  std::vector<std::string> exact = {};  // of these the times too, and those of their folders
  std::vector<std::string> units = {};
};

// By what it is about: "file /etc/hosts", "unit cron.service ActiveState", "dpkg -l".
using Census = std::map<std::string, std::string>;

// Hashes are kept by inode, size and both times, of which ctime cannot be set: a second census reads little.
class Surveyor {
 public:
  explicit Surveyor(const Device& device) : device_(device) {}
  Census Take(const Subject& subject);

 private:
  void AddTree(const std::string& path, bool exact, Census& census);
  std::string Hash(const std::string& file);

  const Device& device_;
  std::map<std::string, std::string> hashes_;
};

// Without what no boot leaves as it was: what runs, and what lies in /run.
Census AcrossBoots(Census census);

// A line for each difference, at most `most` of them; "" when there is none.
std::string Differences(const Census& before, const Census& after, int most = 40);

}  // namespace kedge::field
