#include "link/credentials.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <string>

#include "link/openssl_types.h"
#include "sys/files.h"

namespace kedge::link {
namespace {

// No prompt on the terminal of whoever started us: an encrypted key is refused instead.
int NoPassword(char*, int, int, void*) { return 0; }

Result<std::string> Read(const std::string& what, const std::string& path) {
  if (path.empty()) return Unexpected{ErrorKind::kInvalid, "no " + what + " is configured"};
  Result<std::string> text = sys::ReadFile(path);
  if (!text) return Unexpected{text.error().Within(what)};
  return text;
}

BioPtr Open(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Result<X509Ptr> ReadCertificate(const std::string& what, const std::string& path) {
  Result<std::string> text = Read(what, path);
  if (!text) return Unexpected{text.error()};
  const BioPtr bio = Open(*text);
  X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  if (!certificate) {
    return Unexpected{ErrorKind::kInvalid, what + ": " + path + " holds no certificate in PEM form"};
  }
  return certificate;
}

std::string Text(const ASN1_TIME* time) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (ASN1_TIME_print(bio.get(), time) != 1) return "an unreadable date";
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(length));
}

Result<void> CheckDates(const std::string& path, const X509* certificate) {
  const ASN1_TIME* until = X509_get0_notAfter(certificate);
  const ASN1_TIME* from = X509_get0_notBefore(certificate);
  if (X509_cmp_current_time(until) < 0) {
    return Unexpected{ErrorKind::kInvalid,
                      "the certificate " + path + " expired on " + Text(until) + "; put a new one there"};
  }
  if (X509_cmp_current_time(from) > 0) {
    return Unexpected{ErrorKind::kInvalid, "the certificate " + path + " is not valid before " + Text(from) +
                                               "; the clock of this device is probably not set yet"};
  }
  return {};
}

}  // namespace

Result<void> CheckCredentials(const BrokerConfig& config) {
  if (!config.tls) return {};
  if (auto ca = ReadCertificate("the CA file", config.ca_file); !ca) return Unexpected{ca.error()};
  Result<X509Ptr> certificate = ReadCertificate("the certificate", config.certificate_file);
  if (!certificate) return Unexpected{certificate.error()};
  if (auto dates = CheckDates(config.certificate_file, certificate->get()); !dates) return dates;

  Result<std::string> key_text = Read("the private key", config.key_file);
  if (!key_text) return Unexpected{key_text.error()};
  const BioPtr bio = Open(*key_text);
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  const bool fits = key && X509_check_private_key(certificate->get(), key.get()) == 1;
  ERR_clear_error();
  if (!key) {
    return Unexpected{ErrorKind::kInvalid,
                      "the private key: " + config.key_file +
                          " holds no key in PEM form, or an encrypted one, which cannot be used"};
  }
  if (!fits) {
    return Unexpected{ErrorKind::kInvalid, "the private key " + config.key_file +
                                               " does not belong to the certificate " +
                                               config.certificate_file};
  }
  return {};
}

}  // namespace kedge::link
