// A file beside the journal that holds space for undoing on a full disk, and is the mark that a journal was
// here. Private to store/.
#pragma once

#include <cstdint>
#include <string>

namespace kedge::store {

class Reserve {
 public:
  // `bytes`: how much it holds when it is whole.
  Reserve(const std::string& journal, int64_t bytes) : path_(journal + ".reserve"), bytes_(bytes) {}

  // Is the mark there: was there a journal, whose creation came to its end?
  bool Exists() const;
  // Makes the mark if it is missing, and fills it if there is room. Durable afterwards.
  void Make();
  // Gives the space back; the mark stays. True: there was some.
  bool Free();
  // After each commit. Fills it again, now and then, when there is room for it twice over: it must not take
  // the room of the very commits it was freed for.
  void AfterCommit();

  bool whole() const { return whole_; }

 private:
  bool RoomForTwo() const;

  std::string path_;
  int64_t bytes_;
  bool whole_ = false;
  int commits_ = 0;  // since it was last tried
};

}  // namespace kedge::store
