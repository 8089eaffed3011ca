// Reads a command's words: "--name VALUE" and "--flag". The first thing wrong becomes the error, with where
// to look.
//
//   Arguments arguments("drydock serve --help");
//   arguments.Text("--history", options.history).Flag("--quiet", options.quiet);
//   if (const auto read = arguments.Read(words); !read) return Unexpected(read.error());
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::drydock {

class Arguments {
 public:
  // Takes the value, or says what is wrong with it.
  using Take = std::function<Result<void>(const std::string& value)>;

  // `help` is the command that shows the options.
  explicit Arguments(std::string help) : help_(std::move(help)) {}

  // Everything that is given here outlives Read().
  Arguments& Text(const std::string& name, std::string& into);
  Arguments& Texts(const std::string& name, std::vector<std::string>& into);  // may be given more than once
  Arguments& Number(const std::string& name, int64_t least, int64_t most, int64_t& into);
  Arguments& Address(const std::string& name, std::string& host, int& port);  // PORT or HOST:PORT
  Arguments& Flag(const std::string& name, bool& into);
  Arguments& Value(const std::string& name, Take take);
  // Words that are no options; without this they are refused.
  Arguments& Words(std::vector<std::string>& into);

  Result<void> Read(const std::vector<std::string>& words) const;
  Unexpected Wrong(const std::string& message) const;

 private:
  const std::string help_;
  std::map<std::string, Take> values_;
  std::map<std::string, bool*> flags_;
  std::vector<std::string>* words_ = nullptr;
};

}  // namespace kedge::drydock
