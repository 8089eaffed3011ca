// Certificates for the tests, made on the spot. Everything is dated 2020 to 2049 unless told otherwise, so
// that a board whose clock starts years ago can run the tests too.
#pragma once

#include <memory>
#include <string>

namespace kedge::link {

struct Dates {
  std::string from = "20200101000000Z";
  std::string until = "20491231235959Z";
};

class TestCa {
 public:
  explicit TestCa(const std::string& name);
  ~TestCa();

  void WriteCertificate(const std::string& path) const;
  // A certificate for `common_name` with its key. `host`: the one name it is valid for as a server; "" for a
  // client.
  void Issue(const std::string& common_name, const std::string& host, const std::string& certificate_path,
             const std::string& key_path, const Dates& dates = {}) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

}  // namespace kedge::link
