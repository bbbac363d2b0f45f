// SPDX-License-Identifier: Apache-2.0
#include "src/model/references.h"

#include <ductape/driver/percent_decoded.hpp>

#include "tests/fuzz/property.h"

namespace {

using namespace ductape;
using fuzz::require;
using model::Reference;

void references(std::string_view text) {
  const auto found = model::references_in(text);
  if (!found) return;
  std::size_t end = 0;
  for (const auto& reference : *found) {
    require(reference.at >= end && reference.length <= text.size() - reference.at, "references follow each other");
    end = reference.at + reference.length;
    const auto written = text.substr(reference.at, reference.length);
    if (reference.kind == Reference::Kind::secret) {
      require(written == model::secret_reference(reference.name), "a secret is written as it is read");
      require(model::check_secret_name(reference.name), "a secret's name is one that can be set");
    }
  }
}

void substitution(std::string_view text) {
  const auto same = model::substitute(text, [&](const Reference& reference) -> Result<std::string> {
    return std::string(text.substr(reference.at, reference.length));
  });
  require(static_cast<bool>(same) == static_cast<bool>(model::references_in(text)),
          "what has references can be substituted");
  if (text.find('$') == text.npos) require(same && *same == text, "a text without references stays");
  if (same && text.find("://") == text.npos) require(*same == text, "a value goes in as it is");
}

void credentials(std::string_view text) {
  std::size_t end = 0;
  for (const auto& place : model::url_credentials(text)) {
    require(place.length > 0 && place.at >= end && place.length < text.size() - place.at,
            "credentials follow each other");
    end = place.at + place.length;
    require(driver::percent_decoded(text.substr(place.at, place.length)).size() <= place.length,
            "decoding only shortens");
  }
  (void)model::has_stray_at(text);
  if (text.find('%') == text.npos) require(driver::percent_decoded(text) == text, "a text without escapes stays");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  references(text);
  substitution(text);
  credentials(text);
  return 0;
}
