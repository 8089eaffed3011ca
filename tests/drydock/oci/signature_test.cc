// Signed requests as both kinds of SDK make them, with a key that is made here.
#include "oci/signature.h"

#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <functional>

#include "oci/scene.h"
#include "oci/times.h"

namespace kedge::drydock::oci {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* kKeyId = "tenancy/user/aa:bb";
constexpr const char* kTypeScript =
    "x-date (request-target) host Content-Type Content-Length x-content-sha256";
constexpr const char* kPython = "date (request-target) host content-length content-type x-content-sha256";
constexpr const char* kPythonGet = "date (request-target) host";
constexpr const char* kDate = "Wed, 25 Nov 2026 06:19:17 GMT";  // where a scene starts

class Key {
 public:
  Key() : key_(EVP_RSA_gen(2048)) { REQUIRE(key_ != nullptr); }
  ~Key() { EVP_PKEY_free(key_); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  std::string Public() const {
    BIO* bio = BIO_new(BIO_s_mem());
    REQUIRE(PEM_write_bio_PUBKEY(bio, key_) == 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string pem(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return pem;
  }

  std::string Sign(const std::string& text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    REQUIRE(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_) == 1);
    REQUIRE(EVP_DigestSign(context, nullptr, &size, bytes, text.size()) == 1);
    std::vector<unsigned char> signature(size);
    REQUIRE(EVP_DigestSign(context, signature.data(), &size, bytes, text.size()) == 1);
    EVP_MD_CTX_free(context);
    std::vector<unsigned char> encoded(4 * ((size + 2) / 3) + 1);
    EVP_EncodeBlock(encoded.data(), signature.data(), static_cast<int>(size));
    return reinterpret_cast<const char*>(encoded.data());
  }

 private:
  EVP_PKEY* key_;
};

const Key& TheKey() {
  static const Key key;  // a second of arithmetic
  return key;
}

void Sign(HttpRequest& request, const std::string& names, const std::string& more = "") {
  request.headers["authorization"] = std::string("Signature version=\"1\",keyId=\"") + kKeyId +
                                     "\",algorithm=\"rsa-sha256\",headers=\"" + names + "\",signature=\"" +
                                     TheKey().Sign(SigningText(request, names)) + "\"" + more;
}

HttpRequest Post(const std::string& names, const std::string& date_header) {
  HttpRequest request{.method = "POST", .target = "/20180917/jobs?a=b%20c", .body = R"({"stackId":"x"})"};
  request.headers = {{"host", "127.0.0.1:8080"},
                     {date_header, kDate},
                     {"content-type", "application/json"},
                     {"content-length", "15"},
                     {"x-content-sha256", Sha256Base64(request.body)}};
  Sign(request, names);
  return request;
}

HttpRequest Get() {
  HttpRequest request{.method = "GET", .target = "/20180917/jobs"};
  request.headers = {{"host", "127.0.0.1:8080"}, {"date", kDate}};
  Sign(request, kPythonGet);
  return request;
}

const Instant kNow{std::chrono::seconds(OciScene::kStart)};

std::string Wrong(const HttpRequest& request, Instant now = kNow) {
  return SignatureProblem(request, {{kKeyId, TheKey().Public()}}, now).value_or("");
}

TEST_CASE("both SDKs' signatures are right") {
  CHECK(Wrong(Post(kTypeScript, "x-date")) == "");
  CHECK(Wrong(Post(kPython, "date")) == "");
  CHECK(Wrong(Get()) == "");
  CHECK(Wrong(Get(), kNow + 5min) == "");
  CHECK(Wrong(Get(), kNow - 5min) == "");
}

TEST_CASE("the text that is signed has the names in lower case, in the order of the header") {
  CHECK(SigningText(Post(kTypeScript, "x-date"), "x-date (request-target) Content-Type") ==
        "x-date: Wed, 25 Nov 2026 06:19:17 GMT\n"
        "(request-target): post /20180917/jobs?a=b%20c\n"
        "content-type: application/json");
  CHECK(Sha256Base64("") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST_CASE("whatever is changed after signing is found") {
  const HttpRequest right = Post(kTypeScript, "x-date");
  const auto changed = [&](const std::function<void(HttpRequest&)>& change) {
    HttpRequest request = right;
    change(request);
    return Wrong(request);
  };
  CHECK(changed([](HttpRequest& r) { r.body += " "; }) == "x-content-sha256 is not that of the body");
  CHECK(changed([](HttpRequest& r) {
          r.body += " ";
          r.headers["x-content-sha256"] = Sha256Base64(r.body);
        }) == "the signature is wrong");
  CHECK(changed([](HttpRequest& r) { r.target += "1"; }) == "the signature is wrong");
  CHECK(changed([](HttpRequest& r) { r.method = "PUT"; }) == "the signature is wrong");
  CHECK(changed([](HttpRequest& r) { r.headers["host"] = "elsewhere"; }) == "the signature is wrong");
  CHECK(changed([](HttpRequest& r) { r.headers["x-date"] = "Wed, 25 Nov 2026 06:19:18 GMT"; }) ==
        "the signature is wrong");
  CHECK(changed([](HttpRequest& r) {
          r.headers.erase("authorization");
        }).starts_with("the request is not signed"));
}

TEST_CASE("a signature that leaves out what matters, or is not one, is refused by name") {
  struct Row {
    std::string from;
    std::string to;
    std::string wrong;
  };
  const Row rows[] = {
      {"x-date ", "", "the signature does not cover date"},
      {"(request-target) ", "", "the signature does not cover (request-target)"},
      {" host", "", "the signature does not cover host"},
      {" x-content-sha256", "", "the signature does not cover x-content-sha256"},
      {" Content-Length", "", "the signature does not cover content-length"},
      {"version=\"1\"", "version=\"2\"", "the signature's version is not 1"},
      {"rsa-sha256", "hmac-sha256", "the signature's algorithm is not rsa-sha256"},
      {"aa:bb", "aa:cc", "the key 'tenancy/user/aa:cc' is not known"},
      {"signature=\"", "signature=\"?", "the signature is wrong"},
      {"signature=\"", "signature=\"\",x=\"", "the signature is wrong"},
      {"keyId=\"", "keyId=\"\",x=\"", "the key '' is not known"},
      {"Signature ", "Bearer ", "the request is not signed (no 'Authorization: Signature …')"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.from);
    HttpRequest request = Post(kTypeScript, "x-date");
    std::string& header = request.headers["authorization"];
    header.replace(header.find(row.from), row.from.size(), row.to);
    CHECK(Wrong(request) == row.wrong);
  }
  HttpRequest cut = Get();
  const std::string whole = cut.headers["authorization"];
  for (std::size_t size = 0; size < whole.size(); ++size) {
    cut.headers["authorization"] = whole.substr(0, size);
    CHECK(Wrong(cut) != "");
  }
  CHECK(SignatureProblem(Get(), {{kKeyId, "no key"}}, kNow) == "the signature is wrong");
}

TEST_CASE("a date more than five minutes off, or none, is refused") {
  CHECK(Wrong(Get(), kNow + 5min + 1s) == "the request's date is more than 5 minutes off");
  CHECK(Wrong(Get(), kNow - 5min - 1s) == "the request's date is more than 5 minutes off");
  for (const char* date :
       {"", "2026-11-25T06:19:17Z", "Wed, 25 Foo 2026 06:19:17 GMT", "Wed, 32 Nov 2026 06:19:17 GMT",
        "Wed, 25 Nov 2026 26:19:17 GMT", "Wed, 25 Nov 2026 06:19:17 CET"}) {
    HttpRequest request = Get();
    request.headers["date"] = date;
    Sign(request, kPythonGet);
    CHECK(Wrong(request) == "the header date is not a date");
  }
}

TEST_CASE("when signatures are verified, nothing is told without one") {
  OciScene scene({.verify = true, .keys = {{kKeyId, TheKey().Public()}}});
  CHECK(scene.Outcome(scene.Call("GET", "/jobs")) == "401 NotAuthenticated");
  CHECK(scene.Outcome(scene.Call("GET", "/nothing")) == "401 NotAuthenticated");
  CHECK(scene.manager->Answer(Get(), scene.now).status == 200);
}

TEST_CASE("times are read as they may be written") {
  CHECK(ToRfc3339(kNow + 7ms) == "2026-11-25T06:19:17.007Z");
  CHECK(FromRfc3339("2026-11-25T06:19:17.0078Z") == kNow + 7ms);
  CHECK(FromRfc3339("2026-11-25T04:49:17-01:30") == kNow);
  CHECK(FromRfc3339("2026-11-25T6:19:17Z") == kNow);
  CHECK(FromRfc3339(ToRfc3339(kNow)) == kNow);
  for (const char* wrong : {"", "2026-11-25", "2026-11-25T06:19:17", "2026-11-25T06:19:17.Z",
                            "2026-02-30T06:19:17Z", "2026-11-25T06:19:17Zx", "2026-11-25 06:19:17Z"}) {
    CHECK_FALSE(FromRfc3339(wrong));
  }
}

}  // namespace
}  // namespace kedge::drydock::oci
