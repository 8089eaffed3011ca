// The files behind presigned URLs, as S3 gives them: GET /drydock/s3/BUCKET/KEY?X-Amz-…
#pragma once

#include "files.h"
#include "http.h"
#include "instant.h"
#include "presign.h"

namespace kedge::drydock {

inline constexpr std::string_view kS3Path = "/drydock/s3";

bool IsForS3(const HttpRequest& request);

// Needs no lock: neither the files nor the check change.
HttpReply AnswerFile(const Files& files, const Presigner& presigner, const HttpRequest& request, Instant now);

}  // namespace kedge::drydock
