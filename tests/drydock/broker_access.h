// How drydock reaches the broker.
#pragma once

#include <string>

namespace kedge::drydock {

struct Broker {
  std::string host = "localhost";
  int port = 1883;
  std::string ca = {};    // empty: no TLS
  std::string cert = {};  // with key: for brokers that ask for one
  std::string key = {};
};

}  // namespace kedge::drydock
