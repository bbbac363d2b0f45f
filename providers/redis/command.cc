// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/command.h"

#include <hiredis/hiredis.h>

namespace ductape::inline v0::redis {

void Command::write_to(std::string& out) const {
  char* text = nullptr;
  const auto size = redisFormatCommandArgv(&text, static_cast<int>(begins_.size()),
                                           const_cast<const char**>(begins_.data()), sizes_.data());
  if (size < 0) throw std::bad_alloc();
  out.append(text, static_cast<std::size_t>(size));
  redisFreeCommand(text);
}

}  // namespace ductape::inline v0::redis
