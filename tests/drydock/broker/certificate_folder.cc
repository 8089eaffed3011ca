#include "broker/certificate_folder.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "broker/disk.h"

namespace kedge::drydock {
namespace {

constexpr auto kDay = std::chrono::hours(24);

bool HasAll(const std::vector<std::string>& have, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
    return std::find(have.begin(), have.end(), name) != have.end();
  });
}

}  // namespace

std::string DayText(Second instant) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(instant));
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text.data();
}

Result<void> CertificateFolder::KeepAuthority() {
  const auto present = Present("ca.pem");
  if (!present) return Unexpected(present.error());
  // The name stays: what was signed before names it.
  const auto before = ReadCertificate(*present);
  const std::string name = before ? before->common_name : "drydock TEST CA, made " + DayText(now_);
  if (const auto kept = Keep("ca", {.use = CertificateUse::kAuthority, .common_name = name}); !kept)
    return kept;
  authority_until_ = until_;
  return {};
}

Result<void> CertificateFolder::KeepServer(const std::string& name, const std::string& common_name,
                                           std::vector<std::string> names) {
  const auto present = Present(name + ".pem");
  if (!present) return Unexpected(present.error());
  if (const auto before = ReadCertificate(*present); before) {
    for (const std::string& old : before->names) {
      if (!HasAll(names, {old})) names.push_back(old);
    }
  }
  return Keep(name, {.use = CertificateUse::kServer, .common_name = common_name, .names = std::move(names)});
}

Result<void> CertificateFolder::KeepClient(const std::string& name, const std::string& common_name) {
  return Keep(name, {.use = CertificateUse::kClient, .common_name = common_name});
}

Result<void> CertificateFolder::Keep(const std::string& name, CertificateFacts facts) {
  const auto key = KeepKey(name);
  if (!key) return Unexpected(key.error());
  auto certificate = Present(name + ".pem");
  if (!certificate) return Unexpected(certificate.error());
  const std::string why = WhyNew(*certificate, *key, facts);
  if (!why.empty()) {
    facts.from = now_ - kDay;
    facts.until = std::min(now_ + days_ * kDay, authority_until_);
    const bool is_authority = facts.use == CertificateUse::kAuthority;
    certificate = NewCertificate(facts, *key, authority_, is_authority ? *key : authority_key_);
    if (!certificate) return Unexpected(certificate.error());
    if (const auto written = WriteWhole(folder_ + "/" + name + ".pem", *certificate, 0644); !written)
      return written;
    done_.push_back(why + " " + name + ".pem, good until " + DayText(facts.until));
  }
  if (facts.use == CertificateUse::kAuthority) {
    authority_ = *certificate;
    authority_key_ = *key;
  }
  until_ = std::min(until_, ReadCertificate(*certificate)->until);
  return {};
}

// Before the certificate, so that there is none without a key.
Result<std::string> CertificateFolder::KeepKey(const std::string& name) {
  const std::string path = folder_ + "/" + name + ".key";
  auto present = Present(name + ".key");
  if (!present) return present;
  if (!present->empty()) {
    if (IsKey(*present)) return present;
    return Unexpected{ErrorKind::kCorrupt, path + " is not a private key; remove it, and a new one is made"};
  }
  auto key = NewKey();
  if (!key) return key;
  if (const auto written = WriteWhole(path, *key, 0600); !written) return Unexpected(written.error());
  return key;
}

Result<std::string> CertificateFolder::Present(const std::string& file) const {
  auto text = ReadIfThere(folder_ + "/" + file);
  if (!text) return Unexpected(text.error());
  return text->value_or("");
}

// The verb for what is to be done; empty when it can stay.
std::string CertificateFolder::WhyNew(const std::string& certificate, const std::string& key,
                                      const CertificateFacts& wanted) const {
  const auto present = ReadCertificate(certificate);
  if (!present) return "made";
  const std::string& authority = wanted.use == CertificateUse::kAuthority ? certificate : authority_;
  if (!IsForKey(certificate, key) || !IsSignedBy(certificate, authority) || present->use != wanted.use ||
      present->common_name != wanted.common_name) {
    return "replaced";
  }
  if (present->until <= now_ + kDay || present->from > now_) return "renewed";
  if (!HasAll(present->names, wanted.names)) return "added names to";
  return "";
}

}  // namespace kedge::drydock
