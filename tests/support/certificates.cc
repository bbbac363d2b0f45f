// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

namespace ductape::inline v0::support {
namespace {

using Path = std::filesystem::path;

template <class T, void (*free)(T*)>
struct Free {
  void operator()(T* object) const { free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION, X509_EXTENSION_free>>;
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

constexpr long day = 24 * 60 * 60;

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL: ") + what + " failed");
}

File open_file(const Path& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode));
  must(file != nullptr, path.c_str());
  return file;
}

struct Request {
  std::string name;     // of the files, and the subject
  std::string purpose;  // a value of extendedKeyUsage; empty: an authority
  std::string hosts = {};
  long until = day;
};

void add_extension(X509* certificate, X509* issuer, int which, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str()));
  must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

/// Without an issuer it signs itself.
Certificate make(const Path& directory, const Request& request, const Certificate* issuer) {
  const Key key(EVP_EC_gen("P-256"));
  const X509Certificate certificate(X509_new());
  must(key != nullptr && certificate != nullptr, "a key");
  auto* made = certificate.get();
  X509_set_version(made, X509_VERSION_3);
  std::uint32_t serial = 0;
  must(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "a serial number");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial);
  X509_gmtime_adj(X509_getm_notBefore(made), -2 * day);
  X509_gmtime_adj(X509_getm_notAfter(made), request.until);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(request.name.c_str()), -1, -1, 0);
  X509_set_pubkey(made, key.get());

  X509Certificate issued_by;
  Key signed_with;
  if (issuer != nullptr) {
    issued_by.reset(PEM_read_X509(open_file(issuer->certificate, "r").get(), nullptr, nullptr, nullptr));
    signed_with.reset(PEM_read_PrivateKey(open_file(issuer->key, "r").get(), nullptr, nullptr, nullptr));
  }
  X509* const by = issuer != nullptr ? issued_by.get() : made;
  X509_set_issuer_name(made, X509_get_subject_name(by));
  if (request.purpose.empty()) {
    add_extension(made, by, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(made, by, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add_extension(made, by, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(made, by, NID_ext_key_usage, request.purpose);
  }
  add_extension(made, by, NID_subject_key_identifier, "hash");
  if (!request.hosts.empty()) add_extension(made, by, NID_subject_alt_name, request.hosts);
  must(X509_sign(made, issuer != nullptr ? signed_with.get() : key.get(), EVP_sha256()) > 0, "a signature");

  const Certificate files{directory / (request.name + ".crt"), directory / (request.name + ".key")};
  must(PEM_write_X509(open_file(files.certificate, "w").get(), made) == 1, "the certificate's file");
  must(PEM_write_PrivateKey(open_file(files.key, "w").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
       "the key's file");
  return files;
}

constexpr const char* here = "DNS:localhost,IP:127.0.0.1";

}  // namespace

Certificates::Certificates()
    : authority_(make(directory_.path(), {.name = "authority", .purpose = {}}, nullptr)),
      other_authority_(make(directory_.path(), {.name = "other-authority", .purpose = {}}, nullptr)),
      server_(make(directory_.path(), {.name = "server", .purpose = "serverAuth", .hosts = here}, &authority_)),
      other_host_(make(directory_.path(),
                       {.name = "other-host", .purpose = "serverAuth", .hosts = "DNS:elsewhere.example"}, &authority_)),
      expired_(make(directory_.path(), {.name = "expired", .purpose = "serverAuth", .hosts = here, .until = -day},
                    &authority_)),
      client_(make(directory_.path(), {.name = "ductape-test", .purpose = "clientAuth"}, &authority_)) {}

}  // namespace ductape::inline v0::support
