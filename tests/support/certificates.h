// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "tests/support/temporary_directory.h"

namespace ductape::inline v0::support {

/// A certificate and its key, both PEM.
struct Certificate {
  std::filesystem::path certificate, key;
};

/// What a server shows, and whose clients it trusts.
struct ServerTls {
  Certificate certificate;
  std::filesystem::path authority;
  bool client_certificate_required = false;
};

/// Certificates for tests of TLS, new ones each time, in a directory that goes with this object.
class Certificates {
 public:
  Certificates();

  /// Of whoever trusts our certificates, and of somebody who signed none of them.
  [[nodiscard]] const std::filesystem::path& authority() const { return authority_.certificate; }
  [[nodiscard]] const std::filesystem::path& other_authority() const { return other_authority_.certificate; }

  /// For localhost and 127.0.0.1.
  [[nodiscard]] const Certificate& server() const { return server_; }
  /// For elsewhere.example only.
  [[nodiscard]] const Certificate& other_host() const { return other_host_; }
  /// For localhost and 127.0.0.1, until yesterday.
  [[nodiscard]] const Certificate& expired() const { return expired_; }
  /// Of the client `ductape-test`.
  [[nodiscard]] const Certificate& client() const { return client_; }

 private:
  const TemporaryDirectory directory_{"certificates"};
  const Certificate authority_, other_authority_, server_, other_host_, expired_, client_;
};

}  // namespace ductape::inline v0::support
