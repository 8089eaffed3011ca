// The programs of swap_race: a good one, and for each trick an evil one that tells which trick brought it in.
// All of one kind are equally long and differ in one block only, so that one can be written over another.
#pragma once

#include <string>

namespace kedge::launch {

enum class Language { kScript, kCompiled };

class Images {
 public:
  // `actor`: the program swap_actor. `tell_file`: where evil ones append their trick's name, a line each.
  // Throws std::runtime_error when the actor is none.
  Images(Language language, const std::string& actor, std::string tell_file);

  std::string Good() const;
  std::string Evil(const std::string& trick) const;
  // The block in which they differ.
  size_t block_at() const { return block_at_; }
  size_t block_size() const { return block_size_; }

 private:
  std::string WithBlock(std::string block) const;

  const Language language_;
  const std::string tell_file_;
  std::string base_;
  size_t block_at_ = 0;
  size_t block_size_ = 512;
};

inline constexpr char kGoodOutput[] = "good\n";
inline constexpr char kEvilMark[] = "EVIL ";  // then the trick's name and a line feed

}  // namespace kedge::launch
