// SPDX-License-Identifier: Apache-2.0
#include "src/net/tls.h"

#include <openssl/x509_vfy.h>

#include <boost/asio/ssl/context.hpp>

namespace ductape::inline v0::net {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

Error unusable(std::string_view field, const std::string& file, const error_code& why) {
  return {.code = Errc::invalid_argument,
          .message = std::string(field) + ": " + file + " cannot be used: " + why.message()};
}

}  // namespace

Result<std::shared_ptr<ssl::context>> tls_context(const driver::TlsOptions& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context->set_verify_mode(ssl::verify_peer);
  error_code error;
  if (files.ca.empty()) {
    context->set_default_verify_paths(error);
    if (error) return unusable("tls", "the system's list of authorities", error);
  } else if (context->load_verify_file(files.ca, error)) {
    return unusable("tls.ca", files.ca, error);
  }
  if (files.certificate.empty() != files.key.empty())
    return Error{.code = Errc::invalid_argument, .message = "tls.certificate and tls.key go together: one is missing"};
  if (files.certificate.empty()) return context;
  if (context->use_certificate_chain_file(files.certificate, error))
    return unusable("tls.certificate", files.certificate, error);
  if (context->use_private_key_file(files.key, ssl::context::pem, error)) return unusable("tls.key", files.key, error);
  return context;
}

Error tls_error(const std::string& server, long verify_result, const std::string& handshake) {
  switch (verify_result) {
    case X509_V_OK:
      return {.code = Errc::unavailable,
              .message = "no TLS with " + server + ": " + handshake,
              .hint = "does it speak TLS on that port, and does it want a client certificate?"};
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {.code = Errc::unauthenticated,
              .message = "the certificate of " + server + " has expired",
              .hint = "renew it at the server",
              .native = X509_verify_cert_error_string(verify_result)};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {.code = Errc::unauthenticated,
              .message = "the certificate of " + server + " is of another host",
              .hint = "name the host as its certificate does",
              .native = X509_verify_cert_error_string(verify_result)};
    default:
      return {.code = Errc::unauthenticated,
              .message =
                  "the certificate of " + server + " is not trusted: " + X509_verify_cert_error_string(verify_result),
              .hint = "give the authority that signed it as tls.ca",
              .native = X509_verify_cert_error_string(verify_result)};
  }
}

}  // namespace ductape::inline v0::net
