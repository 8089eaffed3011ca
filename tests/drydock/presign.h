// Presigned URLs: what stands in a job document for `${aws:iot:s3-presigned-url:URL}` when it is handed to a
// device, and the check when the device comes with it (reference aws-iot-jobs.md, 2.6).
//
// A URL looks like S3's, query and all, and is another one at each delivery. The key that it is signed with
// is no secret: drydock is a bench, and its URLs outlive a restart.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "instant.h"
#include "s3_object.h"

namespace kedge::drydock {

inline constexpr std::string_view kPresignedStart = "${aws:iot:s3-presigned-url:";

// The addresses in the placeholders of a document, in order, as they are meant: JSON's escapes undone.
std::vector<std::string> PresignedIn(std::string_view document);

class Presigner {
 public:
  using Query = std::vector<std::pair<std::string, std::string>>;  // decoded
  enum class Verdict { kGood, kUnsigned, kExpired, kForged };

  // `files_url`: what comes before /BUCKET/KEY.
  explicit Presigner(std::string files_url) : files_url_(std::move(files_url)) {}

  // The document with a fresh URL for each placeholder; one that names no object in S3 stays as it is. Any
  // bytes may be given in.
  std::string Deliver(const std::string& document, std::chrono::seconds lifetime, Instant now);

  // May this object be read with this query? Safe beside Deliver() in another thread.
  Verdict Check(const S3Object& object, const Query& query, Instant now) const;

 private:
  std::string Url(const S3Object& object, std::chrono::seconds lifetime, Instant now);

  std::string key_ = "drydock";
  std::string files_url_;
  uint64_t deliveries_ = 0;
};

}  // namespace kedge::drydock
