#include "oci/signature.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <set>
#include <sstream>
#include <vector>

#include "oci/times.h"

namespace kedge::drydock::oci {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* Bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Base64(const unsigned char* bytes, std::size_t size) {
  std::string text(4 * ((size + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::string> FromBase64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), Bytes(text),
                                     static_cast<int>(text.size()));
  if (length < 0 || text.size() % 4 != 0) return std::nullopt;
  // It counts the padding as bytes.
  const auto padding = static_cast<std::size_t>(
      std::count(text.end() - std::min<long>(2, static_cast<long>(text.size())), text.end(), '='));
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

bool Verified(const std::string& pem, const std::string& text, const std::string& signature) {
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Owned<EVP_PKEY> key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return key && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text), text.size()) == 1;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// name="value",name="value"; what does not fit ends it.
std::map<std::string, std::string> Parameters(std::string_view text) {
  std::map<std::string, std::string> parameters;
  while (true) {
    while (!text.empty() && (text.front() == ' ' || text.front() == ',')) text.remove_prefix(1);
    const auto open = text.find("=\"");
    if (open == std::string_view::npos) return parameters;
    const auto close = text.find('"', open + 2);
    if (close == std::string_view::npos) return parameters;
    parameters[std::string(text.substr(0, open))] = text.substr(open + 2, close - open - 2);
    text.remove_prefix(close + 1);
  }
}

std::vector<std::string> Names(const std::string& names) {
  std::vector<std::string> list;
  std::istringstream words(Lower(names));
  for (std::string word; words >> word;) list.push_back(word);
  return list;
}

bool HasBody(const std::string& method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

}  // namespace

std::string Sha256Base64(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return Base64(digest.data(), size);
}

std::string SigningText(const HttpRequest& request, const std::string& names) {
  std::string text;
  for (const std::string& name : Names(names)) {
    if (!text.empty()) text += '\n';
    text += name + ": ";
    text += name == "(request-target)" ? Lower(request.method) + " " + request.target : request.Header(name);
  }
  return text;
}

std::optional<std::string> SignatureProblem(const HttpRequest& request,
                                            const std::map<std::string, std::string>& keys, Instant now) {
  constexpr std::string_view kScheme = "Signature ";
  const std::string header = request.Header("authorization");
  if (!header.starts_with(kScheme)) return "the request is not signed (no 'Authorization: Signature …')";
  auto parameters = Parameters(std::string_view(header).substr(kScheme.size()));
  if (parameters["version"] != "1") return "the signature's version is not 1";
  if (Lower(parameters["algorithm"]) != "rsa-sha256") return "the signature's algorithm is not rsa-sha256";

  const std::vector<std::string> names = Names(parameters["headers"]);
  const std::set<std::string> are_signed(names.begin(), names.end());
  std::vector<std::string> needed = {"(request-target)", "host"};
  const std::string date = are_signed.contains("x-date") ? "x-date" : "date";
  needed.push_back(date);
  if (HasBody(request.method)) {
    needed.insert(needed.end(), {"content-length", "content-type", "x-content-sha256"});
  }
  for (const std::string& name : needed) {
    if (!are_signed.contains(name)) return "the signature does not cover " + name;
  }
  const auto at = FromHttpDate(request.Header(date));
  if (!at) return "the header " + date + " is not a date";
  if (*at > now + kMaxSkew || *at < now - kMaxSkew) return "the request's date is more than 5 minutes off";

  const auto key = keys.find(parameters["keyId"]);
  if (key == keys.end()) return "the key '" + parameters["keyId"] + "' is not known";
  if (HasBody(request.method) && request.Header("x-content-sha256") != Sha256Base64(request.body)) {
    return "x-content-sha256 is not that of the body";
  }
  const auto signature = FromBase64(parameters["signature"]);
  if (!signature || !Verified(key->second, SigningText(request, parameters["headers"]), *signature)) {
    return "the signature is wrong";
  }
  return std::nullopt;
}

}  // namespace kedge::drydock::oci
