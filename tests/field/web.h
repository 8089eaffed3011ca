// A web server beside the device that takes its time, so that a moment drawn at random lies in a transfer.
#pragma once

#include <memory>
#include <string>

namespace kedge::field {

class Web {
 public:
  Web();  // serves until it goes
  ~Web();
  Web(const Web&) = delete;
  Web& operator=(const Web&) = delete;

  // The same bytes at each path that ends in .bin: 2 MiB in about a second, with ranges. Others are 404.
  std::string Url(const std::string& path) const;
  static const std::string& Content();

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

}  // namespace kedge::field
