// SPDX-License-Identifier: Apache-2.0
// Which providers a program has: those whose components it links.
#include <ductape/ductape.hpp>
#include <ductape/providers.hpp>
#include <iostream>

int main() {
  for (const auto* provider : ductape::providers()) std::cout << provider->name() << '\n';
}
