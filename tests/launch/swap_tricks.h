// What the swapper does to a handler: each trick makes it wrong for a moment and right again. All that a
// trick needs lies ready, so that each change is one system call or a few.
//
// "Wrong" is what somebody else than root brought in, or could have: never a content that stands there with
// the right owner and mode while nobody else may write.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "swap_images.h"

namespace kedge::launch {

enum class Shape { kFile, kFolder };  // handlers/run, or handlers/pack/run

struct Trick {
  std::string name;
  bool has_evil = true;  // brings in a program that would tell on itself
  std::function<void()> wrong;
  std::function<void()> right;
};

// The folders of one race, made beneath `base`, which exists and is root's.
class Playground {
 public:
  Playground(std::string base, Shape shape, const Images& images);

  const std::string& handlers() const { return handlers_; }  // the trusted folder
  const std::string& program() const { return program_; }
  const std::vector<Trick>& tricks() const { return tricks_; }
  // An evil program of each trick that has one, as a file that can be executed.
  std::string EvilFile(const std::string& trick) const { return evil_ + "/" + trick; }

 private:
  void MakeHandlers(const std::string& at, const std::string& content) const;
  void AddFileTricks();
  void AddFolderTricks(const std::string& folder, const std::string& word);
  void AddRewritingTricks();
  void AddExchange(const std::string& name, const std::string& place, const std::string& other,
                   bool has_evil = true);
  std::string Evil(const std::string& trick) const;  // the evil content; an example is put into EvilFile

  const std::string handlers_;
  const std::string store_;  // where what is not in place lies
  const std::string evil_;
  const Shape shape_;
  const Images& images_;
  std::string program_;
  std::vector<Trick> tricks_;
};

}  // namespace kedge::launch
