#include "link/probe_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "link/credentials.h"
#include "link/openssl_types.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::link {
namespace {

// Kedge did not exist before: a clock that says so has not been set. A Pi has none that runs without power.
constexpr int64_t kNotBefore = 1'767'225'600'000;  // 2026-01-01

std::string ClockText() {
  const std::time_t now = static_cast<std::time_t>(sys::WallMillis() / 1000);
  std::tm parts{};
  char text[32] = "";
  if (gmtime_r(&now, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

constexpr char kSetClock[] =
    "let the clock be set first (`timedatectl` tells; systemd-timesyncd or chrony sets it)";

std::string Octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

// What stops this very user from using the file; "" when nothing does.
ProbeCheck Readable(const std::string& name, const std::string& what, const std::string& path) {
  if (path.empty()) return {name, false, "no file for " + what + " is configured", "name one in kedge.yaml"};
  const auto text = sys::ReadFile(path);
  if (text) return {name, true, "", ""};
  if (text.error().kind == ErrorKind::kDenied) {
    return {
        name, false, what + ": " + text.error().message,
        "the user that kedge-link runs as has to be able to read the file, and to pass through the "
        "folders above it"};
  }
  return {name, false, what + ": " + text.error().message, "check the path"};
}

// A key that others can read is nobody's secret. Root's own with our group is fine: that is how packages do
// it.
ProbeCheck Private(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    return {"key", false, "the private key: " + sys::ErrnoError("stat " + path, errno).message,
            "check the path"};
  }
  const std::string mend = "chown kedge: " + path + " && chmod 400 " + path;
  const bool group_is_ours = found.st_gid == getegid();
  if ((found.st_mode & 0007) != 0 || ((found.st_mode & 0070) != 0 && !group_is_ours)) {
    return {"key", false,
            "the private key " + path + " can be read by other users (mode " + Octal(found.st_mode) + ")",
            mend};
  }
  if (found.st_uid != geteuid() && found.st_uid != 0) {
    return {"key", false, "the private key " + path + " belongs to another user, who can read it", mend};
  }
  return {"key", true, "", ""};
}

X509Ptr FirstCertificate(const std::string& path) {
  const auto text = sys::ReadFile(path);
  if (!text) return nullptr;
  const BioPtr bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

std::string Subject(const X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(length));
}

std::string Day(const ASN1_TIME* time) {
  std::tm date{};
  if (ASN1_TIME_to_tm(time, &date) != 1) return "";
  char text[16] = "";
  std::strftime(text, sizeof text, "%Y-%m-%d", &date);
  return text;
}
std::string Until(const X509* certificate) { return Day(X509_get0_notAfter(certificate)); }

// Not by timegm: on Debian 12's armhf a time_t has what it has.
int64_t Seconds(const ASN1_TIME* time) {
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> epoch(ASN1_TIME_set(nullptr, 0),
                                                                    ASN1_TIME_free);
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return 0;
  return int64_t{days} * 86400 + seconds;
}

ProbeCheck WithDates(ProbeCheck check, const X509* certificate) {
  check.from = Seconds(X509_get0_notBefore(certificate));
  check.until = Seconds(X509_get0_notAfter(certificate));
  return check;
}

// What its dates say; ok when they are fine.
ProbeCheck CheckDates(const std::string& name, const std::string& what, const X509* certificate,
                      const std::string& renew) {
  ProbeCheck check{name, true, "", ""};
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
    check = {name, false, what + " expired on " + Until(certificate), renew};
  } else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
    check = {name, false,
             what + " is not valid yet by the clock of this device (" + ClockText() + "), but from " +
                 Day(X509_get0_notBefore(certificate)),
             kSetClock};
  }
  return WithDates(std::move(check), certificate);
}

ProbeCheck CheckCa(const BrokerConfig& config) {
  ProbeCheck check = Readable("ca", "the CA file", config.ca_file);
  if (!check.ok) return check;
  const X509Ptr ca = FirstCertificate(config.ca_file);
  if (!ca) {
    return {"ca", false, "the CA file " + config.ca_file + " holds no certificate in PEM form",
            "for AWS it is Amazon Root CA 1, in Debian's package ca-certificates as "
            "/etc/ssl/certs/Amazon_Root_CA_1.pem"};
  }
  check = CheckDates("ca", "the CA's certificate " + config.ca_file, ca.get(), "take the CA's new one");
  if (check.ok) check.text = "the CA file is readable (" + Subject(ca.get()) + ")";
  return check;
}

ProbeCheck CheckCertificate(const BrokerConfig& config) {
  const std::string& path = config.certificate_file;
  ProbeCheck check = Readable("certificate", "the certificate", path);
  if (!check.ok) return check;
  const X509Ptr certificate = FirstCertificate(path);
  if (!certificate) {
    return {"certificate", false, "the certificate: " + path + " holds no certificate in PEM form",
            "take the file that ends in -certificate.pem.crt, as AWS gave it"};
  }
  check = CheckDates("certificate", "the certificate " + path, certificate.get(),
                     "make a new one and register it (aws iot create-keys-and-certificate --set-as-active)");
  if (check.ok) {
    check.text = "the certificate is valid until " + Until(certificate.get()) + " (" +
                 Subject(certificate.get()) + ")";
  }
  return check;
}

std::string KeyHint(const std::string& path) {
  const auto text = sys::ReadFile(path);
  if (!text) return "check the path";
  if (text->find("TSS2 PRIVATE KEY") != std::string::npos) {
    return "the key lives in a TPM: OpenSSL's provider tpm2 has to be installed and named by OPENSSL_CONF, "
           "and the TPM "
           "readable; kedge-link(8) and TPM.md tell how";
  }
  if (text->find("ENCRYPTED") != std::string::npos) {
    return "nobody can type a password at boot: openssl pkey -in " + path + " -out private.key";
  }
  return "take the file that ends in -private.pem.key, and the certificate that came with it";
}

ProbeCheck CheckKey(const BrokerConfig& config) {
  const std::string& path = config.key_file;
  ProbeCheck check = Readable("key", "the private key", path);
  if (!check.ok) return check;
  check = Private(path);
  if (!check.ok) return check;
  if (!FirstCertificate(config.certificate_file)) {
    return {"key", false, "the private key " + path + " cannot be compared: there is no certificate", ""};
  }
  // Compares the two; of the certificate it complains only about its dates, which are told already.
  const auto fits = CheckCredentials(config);
  if (!fits && fits.error().message.find("private key") != std::string::npos) {
    return {"key", false, fits.error().message, KeyHint(path)};
  }
  return {"key", true,
          "the private key is readable by kedge-link's user alone and belongs to the certificate", ""};
}

}  // namespace

bool ProbeFiles(const BrokerConfig& config, const std::function<void(const ProbeCheck&)>& say) {
  bool good = true;
  const auto tell = [&](const ProbeCheck& check) {
    good = good && check.ok;
    say(check);
  };
  if (sys::WallMillis() < kNotBefore) {
    tell({"clock", false, "the clock of this device is not set: it says " + ClockText(), kSetClock});
  } else {
    tell({"clock", true, "the clock says " + ClockText(), ""});
  }
  tell(CheckCa(config));
  tell(CheckCertificate(config));
  tell(CheckKey(config));
  return good;
}

}  // namespace kedge::link
