// kedged's view of kedge-link: messages of the broker in, publishes out (design section 2).
//
// The interface that the daemon and its tests use; LinkServer (link_server.h) is the real one. Single
// threaded, on the daemon's loop. Nothing here survives a crash, and nothing needs to: the outbox sends again
// after the next `up`.
#pragma once

#include <functional>
#include <string>

namespace kedge::link {

// What the agent needs of a connection to the broker.
class JobLink {
 public:
  struct Callbacks {
    std::function<void()> up;  // connected, every filter subscribed and granted
    // Not connected, and why, for people. Comes again while down whenever the reason changes.
    std::function<void(const std::string& reason)> down;
    // `retained`: the broker had kept it for whoever subscribes; nobody knows since when.
    std::function<void(const std::string& topic, const std::string& payload, bool retained)> message;
  };

  virtual ~JobLink() = default;
  // QoS 1. Fire and forget: the answer that counts is the service's own. Dropped when the link is down (the
  // outbox sends again after the next `up`). RETAIN is never set on a topic that starts with '$'.
  virtual void Publish(const std::string& topic, const std::string& payload, bool retain) = 0;
  // Gives the connection up and makes a new one, with the credentials as they are now. `down` comes first, if
  // there was any connection to kedge-link.
  virtual void Reconnect() = 0;
};

}  // namespace kedge::link
