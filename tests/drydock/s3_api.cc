#include "s3_api.h"

#include <openssl/evp.h>

#include <array>

#include "rest_api.h"

namespace kedge::drydock {
namespace {

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

HttpReply Error(int status, const std::string& code, const std::string& message,
                const std::string& more = "") {
  return {.status = status,
          .body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code + "</Code><Message>" +
                  message + "</Message>" + more + "</Error>",
          .content_type = "application/xml"};
}

HttpReply Forged() {
  return Error(
      403, "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key "
      "and signing method.");
}

// What S3 does for an object that came in one piece: the MD5 of its bytes.
std::string ETag(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_md5(), nullptr);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string tag = "\"";
  for (unsigned i = 0; i < length; ++i)
    tag.append(1, kDigits[digest[i] >> 4U]).append(1, kDigits[digest[i] & 0xFU]);
  return tag + "\"";
}

// /drydock/s3/BUCKET/KEY, where the key may have slashes.
S3Object ObjectIn(const Target& target) {
  S3Object object;
  if (target.path.size() > 2) object.bucket = target.path[2];
  for (std::size_t i = 3; i < target.path.size(); ++i) object.key += (i == 3 ? "" : "/") + target.path[i];
  return object;
}

}  // namespace

bool IsForS3(const HttpRequest& request) { return request.target.starts_with(std::string(kS3Path) + "/"); }

HttpReply AnswerFile(const Files& files, const Presigner& presigner, const HttpRequest& request,
                     Instant now) {
  const Target target = ParseTarget(request.target);
  const S3Object object = ObjectIn(target);
  // A URL is signed for GET and nothing else.
  if (request.method != "GET") return Forged();
  switch (presigner.Check(object, target.query, now)) {
    case Presigner::Verdict::kUnsigned:
      return Error(403, "AccessDenied", "Access Denied");
    case Presigner::Verdict::kForged:
      return Forged();
    case Presigner::Verdict::kExpired:
      return Error(403, "AccessDenied", "Request has expired");
    case Presigner::Verdict::kGood:
      break;
  }
  auto bytes = files.Read(object.bucket, object.key);
  if (!bytes) {
    return Error(404, "NoSuchKey", "The specified key does not exist.",
                 "<Key>" + Escaped(object.key) + "</Key>");
  }
  const std::string tag = ETag(*bytes);
  return {.body = std::move(*bytes),
          .content_type = "application/octet-stream",
          .headers = {{"ETag", tag}, {"Accept-Ranges", "bytes"}}};
}

}  // namespace kedge::drydock
