// A test CA and the certificates it signed, as files of a folder: NAME.pem with NAME.key (mode 0600) beside
// it. What is there and still good stays as it is; a key that is there is never replaced.
#pragma once

#include <string>
#include <vector>

#include "broker/certificates.h"
#include "core/result.h"

namespace kedge::drydock {

// "2026-08-01", in UTC.
std::string DayText(Second instant);

class CertificateFolder {
 public:
  // A new certificate is dated from the day before `now`, for clocks that are behind, to `days` after it.
  // One that runs out within a day of `now` is made again.
  CertificateFolder(std::string folder, int days, Second now)
      : folder_(std::move(folder)), days_(days), now_(now) {}

  // ca.pem and ca.key. First of all.
  Result<void> KeepAuthority();
  // No certificate outlives the CA's. The names that a server's certificate already has stay in the new one.
  Result<void> KeepServer(const std::string& name, const std::string& common_name,
                          std::vector<std::string> names);
  Result<void> KeepClient(const std::string& name, const std::string& common_name);

  // One sentence for each file that was made.
  const std::vector<std::string>& done() const { return done_; }
  // When the first certificate runs out.
  Second until() const { return until_; }

 private:
  Result<void> Keep(const std::string& name, CertificateFacts facts);
  Result<std::string> KeepKey(const std::string& name);
  Result<std::string> Present(const std::string& file) const;  // "" when it is not there
  std::string WhyNew(const std::string& certificate, const std::string& key,
                     const CertificateFacts& wanted) const;

  const std::string folder_;
  const int days_;
  const Second now_;
  std::string authority_;  // PEM, as its key
  std::string authority_key_;
  Second authority_until_ = Second::max();
  Second until_ = Second::max();
  std::vector<std::string> done_;
};

}  // namespace kedge::drydock
