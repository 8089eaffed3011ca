#include "link/diagnosis.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "link/openssl_types.h"
#include "link/tcp.h"

namespace kedge::link {
namespace {

// A broker that refuses our certificate under TLS 1.3 says so only after the handshake.
constexpr auto kAlertWait = std::chrono::milliseconds(500);

bool IsAddress(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

std::string LastError() {
  const unsigned long code = ERR_peek_last_error();
  const char* text = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return text != nullptr ? text : "";
}

SslContextPtr NewContext(const BrokerConfig& config) {
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_load_verify_locations(context.get(), config.ca_file.c_str(), nullptr);
  SSL_CTX_use_certificate_chain_file(context.get(), config.certificate_file.c_str());
  SSL_CTX_use_PrivateKey_file(context.get(), config.key_file.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

SslPtr NewConnection(SSL_CTX* context, const std::string& host, int fd) {
  SslPtr ssl(SSL_new(context));
  if (IsAddress(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  } else {
    SSL_set1_host(ssl.get(), host.c_str());
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  }
  SSL_set_fd(ssl.get(), fd);
  return ssl;
}

std::string VerifyText(const BrokerConfig& config, long verdict) {
  const std::string why = X509_verify_cert_error_string(verdict);
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the certificate that the broker shows is not for " + config.host + " (" + why +
             "); check broker.endpoint";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the broker's certificate is not valid yet by the clock of this device; the clock is probably "
             "not set yet";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the broker's certificate has expired by the clock of this device; check the clock";
    default:
      return "the CA file " + config.ca_file + " does not vouch for the certificate that the broker shows (" +
             why + ")";
  }
}

bool TimedOut(int error_number) { return error_number == EAGAIN || error_number == EWOULDBLOCK; }

std::string WhyNoTls(const BrokerConfig& config, int fd) {
  const std::string place = config.host + " port " + std::to_string(config.port);
  const SslContextPtr context = NewContext(config);
  const SslPtr ssl = NewConnection(context.get(), config.host, fd);
  ERR_clear_error();
  errno = 0;
  if (SSL_connect(ssl.get()) != 1) {
    const int error_number = errno;
    const long verdict = SSL_get_verify_result(ssl.get());
    const std::string error = LastError();
    if (verdict != X509_V_OK) return VerifyText(config, verdict);
    if (TimedOut(error_number)) return "no answer to the TLS handshake from " + place;
    return "the TLS handshake with " + place +
           " failed: " + (error.empty() ? "the connection was closed" : error);
  }
  const timeval wait{0, std::chrono::microseconds(kAlertWait).count()};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  char byte = 0;
  const int got = SSL_read(ssl.get(), &byte, sizeof byte);
  const int kind = SSL_get_error(ssl.get(), got);
  const std::string error = LastError();
  if (got <= 0 && kind == SSL_ERROR_SSL) {
    return "the broker refuses the certificate " + config.certificate_file + " (" + error +
           "); is it registered, active, and of the right account?";
  }
  return "";
}

}  // namespace

std::string WhyNotConnected(const BrokerConfig& config, std::chrono::milliseconds limit) {
  Result<sys::Fd> connection = ConnectTcp(config.host, config.port, limit);
  if (!connection) return connection.error().message;
  return config.tls ? WhyNoTls(config, connection->get()) : "";
}

}  // namespace kedge::link
