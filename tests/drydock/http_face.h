// The HTTP face: AWS's REST API and drydock's own, on the loopback interface only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/result.h"
#include "rest_api.h"

namespace kedge::drydock {

class HttpFace {
 public:
  // On any of the server's threads.
  using Handle = std::function<HttpReply(const HttpRequest&)>;

  HttpFace();
  ~HttpFace();

  // Port 0: a free one. Gives the port; from now on connections wait to be served.
  Result<int> Bind(int port);
  void Start(Handle handle);
  void Stop();

 private:
  struct Server;  // keeps httplib.h, half a second to compile, out of here
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace kedge::drydock
