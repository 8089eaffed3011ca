#include "swap_images.h"

#include <stdexcept>
#include <utility>

#include "sys/files.h"

namespace kedge::launch {
namespace {

constexpr char kShebang[] = "#!/bin/sh\n";
constexpr char kRoleMark[] = "KEDGE-SWAP-ROLE";

}  // namespace

Images::Images(Language language, const std::string& actor, std::string tell_file)
    : language_(language), tell_file_(std::move(tell_file)) {
  if (language_ == Language::kScript) {
    base_ = kShebang + std::string(block_size_, '#');
    block_at_ = sizeof kShebang - 1;
    return;
  }
  auto program = sys::ReadFile(actor, 64 << 20);
  if (!program) throw std::runtime_error(program.error().message);
  base_ = std::move(*program);
  block_at_ = base_.find(kRoleMark);
  if (block_at_ == std::string::npos || base_.find(kRoleMark, block_at_ + 1) != std::string::npos) {
    throw std::runtime_error(actor + " has no role, or more than one");
  }
}

std::string Images::WithBlock(std::string block) const {
  if (block.size() >= block_size_) throw std::runtime_error("a role is too long: " + block);
  block.resize(block_size_, language_ == Language::kScript ? '#' : '\0');
  if (language_ == Language::kScript) block.back() = '\n';
  std::string image = base_;
  image.replace(block_at_, block_size_, block);
  return image;
}

std::string Images::Good() const {
  return WithBlock(language_ == Language::kScript ? "echo good\nexit 0\n" : "GOOD");
}

std::string Images::Evil(const std::string& trick) const {
  if (language_ == Language::kScript) {
    return WithBlock("echo '" + trick + "' >>'" + tell_file_ + "'\necho 'EVIL " + trick + "'\nexit 0\n");
  }
  using namespace std::string_literals;
  return WithBlock("EVIL\0"s + trick + "\n\0"s + tell_file_);
}

}  // namespace kedge::launch
