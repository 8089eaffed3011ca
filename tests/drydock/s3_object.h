// An object in S3, and the addresses that name one: https://s3.amazonaws.com/BUCKET/KEY,
// https://s3.REGION.amazonaws.com/BUCKET/KEY and https://BUCKET.s3[.REGION].amazonaws.com/KEY (reference
// aws-iot-jobs.md, 2.6).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kedge::drydock {

struct S3Object {
  std::string bucket;
  std::string key;  // decoded
};

bool IsBucketName(std::string_view name);

// Nothing when the URL is no such address.
std::optional<S3Object> S3ObjectAt(std::string_view url);

}  // namespace kedge::drydock
