// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory_resource>
#include <string>

#include <ductape/driver/publisher.hpp>

namespace ductape::inline v0::local {

/// How attributes and headers lie in `messages.meta`: a byte 1 (the format), the number of attributes, then each as
/// name and value, then the headers likewise. Numbers are LEB128; a text is its length and its bytes. A name is the
/// number of a known CloudEvents attribute, or 0 and a text.
void encode_meta(const driver::Record& record, std::string& out);

struct Meta {
  std::span<const driver::Header> attributes = {}, headers = {};
};
/// The views go into `meta`; the arrays are made in `memory`. What cannot be read is left out.
Meta decode_meta(std::string_view meta, std::pmr::memory_resource& memory);

/// A UUID in its canonical spelling as its 16 bytes, for which there is room; false if it is something else.
bool pack_uuid(std::string_view id, unsigned char* bytes);
/// The canonical spelling; `out` has room for 36 characters.
void unpack_uuid(std::string_view bytes, char* out);

}  // namespace ductape::inline v0::local
