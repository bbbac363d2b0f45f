// SPDX-License-Identifier: Apache-2.0
#include "src/registry/secret_box.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <vector>

namespace ductape::inline v0::registry {
namespace {

// As NIST SP 800-38D recommends them.
constexpr int nonce_size = 12;
constexpr int mark_size = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
int length(std::string_view text) { return static_cast<int>(text.size()); }

std::string hex(const unsigned char* data, std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out.append({digits[data[i] >> 4], digits[data[i] & 15]});
  return out;
}

std::optional<std::vector<unsigned char>> unhex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<unsigned char> out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = OPENSSL_hexchar2int(static_cast<unsigned char>(text[i]));
    const int low = OPENSSL_hexchar2int(static_cast<unsigned char>(text[i + 1]));
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<unsigned char>(high << 4 | low));
  }
  return out;
}

Error failed(const char* what) { return {.code = Errc::internal, .message = std::string(what) + " failed"}; }

}  // namespace

SecretBox::~SecretBox() { OPENSSL_cleanse(key_.data(), key_.size()); }

Result<std::string> SecretBox::seal(std::string_view value, std::string_view place) const {
  std::vector<unsigned char> out(nonce_size + value.size() + mark_size);
  auto* const cipher_text = out.data() + nonce_size;
  int written = 0, ignored = 0;
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const bool sealed =
      cipher && RAND_bytes(out.data(), nonce_size) == 1 &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), out.data()) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &ignored, bytes(place), length(place)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), cipher_text, &written, bytes(value), length(value)) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), cipher_text + written, &ignored) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, mark_size, cipher_text + value.size()) == 1;
  if (!sealed) return failed("sealing a secret");
  return hex(out.data(), out.size());
}

std::optional<std::string> SecretBox::open(std::string_view sealed, std::string_view place) const {
  auto all = unhex(sealed);
  if (!all || all->size() < nonce_size + mark_size) return std::nullopt;
  const auto size = all->size() - nonce_size - mark_size;
  auto* const cipher_text = all->data() + nonce_size;
  std::string value(size + 1, '\0');
  auto* const clear = reinterpret_cast<unsigned char*>(value.data());
  int written = 0, ignored = 0;
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const bool opened = cipher &&
                      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), all->data()) == 1 &&
                      EVP_DecryptUpdate(cipher.get(), nullptr, &ignored, bytes(place), length(place)) == 1 &&
                      EVP_DecryptUpdate(cipher.get(), clear, &written, cipher_text, static_cast<int>(size)) == 1 &&
                      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, mark_size, cipher_text + size) == 1 &&
                      EVP_DecryptFinal_ex(cipher.get(), clear + written, &ignored) == 1;
  if (!opened) {
    OPENSSL_cleanse(value.data(), value.size());
    return std::nullopt;
  }
  value.resize(size);
  return value;
}

Result<SecretBox::Key> SecretBox::make_key() {
  Key key{};
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) return failed("making a random key");
  return key;
}

std::optional<SecretBox::Key> SecretBox::parse_key(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return std::nullopt;
  const auto read = unhex(text.substr(first, text.find_last_not_of(blanks) - first + 1));
  Key key{};
  if (!read || read->size() != key.size()) return std::nullopt;
  std::copy(read->begin(), read->end(), key.begin());
  return key;
}

std::string SecretBox::text_of(const Key& key) { return hex(key.data(), key.size()); }

}  // namespace ductape::inline v0::registry
