// Reasons why there is no connection, kept so that each is logged once and then only counted: a device that
// is offline for a week must not fill its log.
#pragma once

#include <map>
#include <string>

namespace kedge::link {

class Reasons {
 public:
  // True when `reason` was not seen since Clear.
  bool Add(const std::string& reason);
  // True when `reason` is another than the last one added was.
  bool IsNew(const std::string& reason) const { return reason != last_; }
  // "37 failed attempts: 30 times 'x', 7 times 'y'"; "" when there were none.
  std::string Summary() const;
  void Clear();

 private:
  static constexpr size_t kMax = 16;
  std::map<std::string, int> counts_;
  int total_ = 0;
  std::string last_;
};

// What a CONNACK, SUBACK or PUBACK code means, in words. `version5`: which of the two code spaces.
std::string ConnackText(int code, bool version5);
std::string RefusalText(int code, bool version5);

// A CONNACK that says that the broker does not speak MQTT 5, in its own terms or in 3.1.1's.
bool IsVersionRefusal(int code);

}  // namespace kedge::link
