// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/command.h"

#include <hiredis/hiredis.h>

namespace ductape::inline v0::redis {

Command& Command::add_copy(std::string text) {
  return add(std::string_view(*copies_.emplace_back(std::make_unique<std::string>(std::move(text)))));
}

void Command::write_to(std::string& out) const {
  char* text = nullptr;
  const auto size = redisFormatCommandArgv(&text, static_cast<int>(begins_.size()),
                                           const_cast<const char**>(begins_.data()), sizes_.data());
  if (size < 0) throw std::bad_alloc();
  out.append(text, static_cast<std::size_t>(size));
  redisFreeCommand(text);
}

}  // namespace ductape::inline v0::redis
