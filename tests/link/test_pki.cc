#include "link/test_pki.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <cstdio>
#include <stdexcept>

#include "link/openssl_types.h"

namespace kedge::link {
namespace {

using FilePtr = std::unique_ptr<std::FILE, OpenSslFree<std::fclose>>;

FilePtr Create(const std::string& path) {
  FilePtr file(std::fopen(path.c_str(), "w"));
  if (!file) throw std::runtime_error("cannot write " + path);
  return file;
}

void AddExtension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

X509Ptr NewCertificate(const std::string& common_name, EVP_PKEY* key, const Dates& dates) {
  X509Ptr certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  int64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), 4);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), serial);
  ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), dates.from.c_str());
  ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), dates.until.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

}  // namespace

struct TestCa::Keys {
  KeyPtr key{EVP_EC_gen("P-256")};
  X509Ptr certificate;
};

TestCa::TestCa(const std::string& name) : keys_(std::make_unique<Keys>()) {
  keys_->certificate = NewCertificate(name, keys_->key.get(), {});
  X509* certificate = keys_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  X509_sign(certificate, keys_->key.get(), EVP_sha256());
}

TestCa::~TestCa() = default;

void TestCa::WriteCertificate(const std::string& path) const {
  PEM_write_X509(Create(path).get(), keys_->certificate.get());
}

void TestCa::Issue(const std::string& common_name, const std::string& host,
                   const std::string& certificate_path, const std::string& key_path,
                   const Dates& dates) const {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const X509Ptr certificate = NewCertificate(common_name, key.get(), dates);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(keys_->certificate.get()));
  AddExtension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  if (!host.empty()) {
    const bool address = host.find_first_not_of("0123456789.") == std::string::npos;
    AddExtension(certificate.get(), NID_subject_alt_name, (address ? "IP:" : "DNS:") + host);
  }
  X509_sign(certificate.get(), keys_->key.get(), EVP_sha256());
  PEM_write_X509(Create(certificate_path).get(), certificate.get());
  PEM_write_PrivateKey(Create(key_path).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

}  // namespace kedge::link
