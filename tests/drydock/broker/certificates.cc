#include "broker/certificates.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

namespace kedge::drydock {
namespace {

template <auto free_function>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;
using Time = std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>>;

Unexpected Refused(const std::string& what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  return {ErrorKind::kInvalid, "OpenSSL cannot " + what + ": " + reason.data()};
}

Key ParseKey(const std::string& text) {
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

Certificate ParseCertificate(const std::string& text) {
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

std::string Content(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

bool IsAddress(const std::string& name) {
  std::array<unsigned char, 16> address{};
  return inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
}

std::string NamesText(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ",") + std::string(IsAddress(name) ? "IP:" : "DNS:") + name;
  }
  return text;
}

// As openssl's configuration files write extensions.
std::vector<std::pair<int, std::string>> Extensions(const CertificateFacts& facts) {
  switch (facts.use) {
    case CertificateUse::kAuthority:
      return {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
              {NID_key_usage, "critical,keyCertSign,cRLSign"},
              {NID_subject_key_identifier, "hash"}};
    case CertificateUse::kServer:
      return {{NID_basic_constraints, "critical,CA:FALSE"},
              {NID_key_usage, "critical,digitalSignature"},
              {NID_ext_key_usage, "serverAuth"},
              {NID_subject_alt_name, NamesText(facts.names)},
              {NID_subject_key_identifier, "hash"},
              {NID_authority_key_identifier, "keyid"}};
    case CertificateUse::kClient:
      return {{NID_basic_constraints, "critical,CA:FALSE"},
              {NID_key_usage, "critical,digitalSignature"},
              {NID_ext_key_usage, "clientAuth"},
              {NID_subject_key_identifier, "hash"},
              {NID_authority_key_identifier, "keyid"}};
  }
  return {};
}

bool AddExtensions(X509* certificate, X509* issuer, const CertificateFacts& facts) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  for (const auto& [kind, value] : Extensions(facts)) {
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) return false;
  }
  return true;
}

bool SetSerial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, and never short
  const std::unique_ptr<BIGNUM, Free<BN_free>> number(
      BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetName(X509* certificate, const std::string& common_name) {
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool SetDates(X509* certificate, const CertificateFacts& facts) {
  const auto seconds = [](Second instant) { return static_cast<time_t>(instant.time_since_epoch().count()); };
  return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(facts.from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(facts.until)) != nullptr;
}

Second ToSecond(const ASN1_TIME* time) {
  const Time epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  ASN1_TIME_diff(&days, &seconds, epoch.get(), time);
  return Second() + std::chrono::days(days) + std::chrono::seconds(seconds);
}

std::string CommonName(X509* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return "";
  const ASN1_STRING* name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
          static_cast<std::size_t>(ASN1_STRING_length(name))};
}

std::string AddressText(const ASN1_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

std::vector<std::string> AlternativeNames(X509* certificate) {
  std::vector<std::string> names;
  const Names present(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(present.get()); ++i) {
    int kind = 0;
    const auto* value = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(present.get(), i), &kind));
    if (kind == GEN_IPADD) names.push_back(AddressText(value));
    if (kind == GEN_DNS) {
      names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                         static_cast<std::size_t>(ASN1_STRING_length(value)));
    }
  }
  return names;
}

CertificateUse UseOf(X509* certificate) {
  if (X509_check_ca(certificate) != 0) return CertificateUse::kAuthority;
  const uint32_t usage = X509_get_extended_key_usage(certificate);
  return (usage & XKU_SSL_SERVER) != 0 ? CertificateUse::kServer : CertificateUse::kClient;
}

}  // namespace

Result<std::string> NewKey() {
  const Key key(EVP_EC_gen("P-256"));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!key || PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Refused("make a key");
  }
  return Content(bio);
}

bool IsKey(const std::string& key) {
  const bool is = ParseKey(key) != nullptr;
  ERR_clear_error();
  return is;
}

Result<std::string> NewCertificate(const CertificateFacts& facts, const std::string& key,
                                   const std::string& authority, const std::string& authority_key) {
  const Key own = ParseKey(key);
  const Key signer = ParseKey(authority_key);
  const Certificate certificate(X509_new());
  const Certificate parsed = authority.empty() ? nullptr : ParseCertificate(authority);
  X509* issuer = authority.empty() ? certificate.get() : parsed.get();
  const Bio bio(BIO_new(BIO_s_mem()));
  const bool made = own && signer && issuer != nullptr && X509_set_version(certificate.get(), 2) == 1 &&
                    SetSerial(certificate.get()) && SetDates(certificate.get(), facts) &&
                    SetName(certificate.get(), facts.common_name) &&
                    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1 &&
                    X509_set_pubkey(certificate.get(), own.get()) == 1 &&
                    AddExtensions(certificate.get(), issuer, facts) &&
                    X509_sign(certificate.get(), signer.get(), EVP_sha256()) != 0 &&
                    PEM_write_bio_X509(bio.get(), certificate.get()) == 1;
  if (!made) return Refused("make a certificate for '" + facts.common_name + "'");
  return Content(bio);
}

Result<CertificateFacts> ReadCertificate(const std::string& certificate) {
  const Certificate parsed = ParseCertificate(certificate);
  if (!parsed) return Refused("read it as a certificate");
  return CertificateFacts{.use = UseOf(parsed.get()),
                          .common_name = CommonName(parsed.get()),
                          .names = AlternativeNames(parsed.get()),
                          .from = ToSecond(X509_get0_notBefore(parsed.get())),
                          .until = ToSecond(X509_get0_notAfter(parsed.get()))};
}

bool IsForKey(const std::string& certificate, const std::string& key) {
  const Certificate parsed = ParseCertificate(certificate);
  const Key own = ParseKey(key);
  const bool fits = parsed && own && X509_check_private_key(parsed.get(), own.get()) == 1;
  ERR_clear_error();
  return fits;
}

bool IsSignedBy(const std::string& certificate, const std::string& authority) {
  const Certificate parsed = ParseCertificate(certificate);
  const Certificate issuer = ParseCertificate(authority);
  const bool is = parsed && issuer && X509_check_issued(issuer.get(), parsed.get()) == X509_V_OK &&
                  X509_verify(parsed.get(), X509_get0_pubkey(issuer.get())) == 1;
  ERR_clear_error();
  return is;
}

}  // namespace kedge::drydock
