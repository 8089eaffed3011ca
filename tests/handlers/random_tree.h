// Random trees with everything that a file system can hold, and random damage to them. The same seed, the
// same tree.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace kedge::testing {

class RandomTree {
 public:
  // Builds the tree at `root`, which does not exist yet. Owners, devices and trusted attributes only as root.
  RandomTree(std::string root, uint32_t seed);
  // Does `count` random things to the tree, as a step might.
  void Damage(int count);

 private:
  int Pick(int below);
  std::string PickName();
  std::string PickFolder();
  std::string PickPath();
  std::string PickContent();
  void Decorate(const std::string& path);
  void Add(const std::string& path);
  void DamageOnce();

  std::string root_;
  std::mt19937 random_;
};

// Sets an access ACL with an entry for user `uid`; a capability; an attribute. False where the file system
// has none.
bool SetAcl(const std::string& path, uint32_t uid);
bool SetCapability(const std::string& path);
bool SetXattr(const std::string& path, const std::string& name, const std::string& value);
void SetMtime(const std::string& path, int64_t seconds, int64_t nanoseconds);

}  // namespace kedge::testing
