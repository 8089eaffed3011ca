#include "takeover.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <memory>

namespace kedge::drydock {
namespace {

constexpr int kPatience = 5;  // seconds

struct Free {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Context = std::unique_ptr<SSL_CTX, Free>;

Unexpected Failed(const std::string& what) {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return {ErrorKind::kUnavailable, reason == nullptr ? what : what + ": " + reason};
}

Result<Context> MakeContext(const Broker& broker) {
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return Failed("no TLS");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_load_verify_locations(context.get(), broker.ca.c_str(), nullptr) != 1)
    return Failed("cannot use the CA " + broker.ca);
  if (broker.cert.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(context.get(), broker.cert.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), broker.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Failed("cannot use the certificate " + broker.cert + " with the key " + broker.key);
  }
  return context;
}

// Not yet connected.
Result<Bio> MakeConnection(const Broker& broker) {
  const std::string address = broker.host + ":" + std::to_string(broker.port);
  if (broker.ca.empty()) return Bio(BIO_new_connect(address.c_str()));
  const auto context = MakeContext(broker);
  if (!context) return Unexpected(context.error());
  Bio bio(BIO_new_ssl_connect(context->get()));  // which keeps the context alive
  SSL* ssl = nullptr;
  BIO_get_ssl(bio.get(), &ssl);
  if (ssl == nullptr || SSL_set1_host(ssl, broker.host.c_str()) != 1) return Failed("no TLS");
  BIO_set_conn_hostname(bio.get(), address.c_str());
  return bio;
}

// Connecting with a limit has left the socket non-blocking.
void BlockWithLimit(BIO* bio) {
  int fd = -1;
  BIO_get_fd(bio, &fd);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);  // NOLINT: the flags are an int
  const timeval limit{.tv_sec = kPatience, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

// 0x20, the length in one byte or two, flags, the reason, and more that does not matter.
Result<void> ReadAnswer(BIO* bio) {
  std::array<unsigned char, 5> answer{};
  std::size_t have = 0;
  while (have < answer.size()) {
    const int count = BIO_read(bio, answer.data() + have, static_cast<int>(answer.size() - have));
    if (count <= 0) break;
    have += static_cast<std::size_t>(count);
  }
  if (have < answer.size() - 1) return Failed("the broker does not answer");
  if (answer[0] != 0x20) return Unexpected(ErrorKind::kUnavailable, "the broker does not answer in MQTT");
  const int reason = (answer[1] & 0x80U) == 0 ? answer[3] : answer[4];
  if (have == answer.size() && reason < 0x80) return {};
  return Unexpected(ErrorKind::kDenied, "the broker refuses with reason " + std::to_string(reason));
}

void AppendText(std::string& packet, const std::string& text) {
  packet += static_cast<char>(text.size() >> 8U);
  packet += static_cast<char>(text.size() & 0xFFU);
  packet += text;
}

}  // namespace

std::string ConnectPacket(const std::string& client_id) {
  std::string body;
  AppendText(body, "MQTT");
  body += '\x05';                                             // version
  body += '\x00';                                             // flags: no clean start, no will, no password
  body.append({'\x00', '\x0A'});                              // keep alive, seconds
  body.append({'\x05', '\x11', '\0', '\0', '\x0E', '\x10'});  // properties: session expiry, 3600 s
  AppendText(body, client_id);
  std::string packet = "\x10";
  std::size_t length = body.size();
  do {
    const auto low = static_cast<unsigned char>(length & 0x7FU);
    length >>= 7U;
    packet += static_cast<char>(length > 0 ? low | 0x80U : low);
  } while (length > 0);
  return packet + body;
}

Result<void> TakeOver(const Broker& broker, const std::string& client_id) {
  ERR_clear_error();
  const auto bio = MakeConnection(broker);
  if (!bio) return Unexpected(bio.error());
  constexpr int kLookEvery = 10;  // ms
  if (BIO_do_connect_retry(bio->get(), kPatience, kLookEvery) <= 0) return Failed("cannot connect");
  BlockWithLimit(bio->get());
  const std::string packet = ConnectPacket(client_id);
  if (BIO_write(bio->get(), packet.data(), static_cast<int>(packet.size())) !=
      static_cast<int>(packet.size())) {
    return Failed("cannot send");
  }
  return ReadAnswer(bio->get());
}

}  // namespace kedge::drydock
