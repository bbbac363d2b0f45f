// SPDX-License-Identifier: Apache-2.0
#include "src/model/sealed_secret.h"

namespace ductape::inline v0::model {

void read(Fields& fields, SealedSecret& into) {
  for (auto [name, text] : {std::pair("name", &into.name), {"sealed", &into.sealed}, {"changed", &into.changed}}) {
    fields.required({name});
    fields.text({name}, *text);
  }
  fields.boolean({"of_config"}, into.of_config);
}

Json to_json(const SealedSecret& secret) {
  Json json{{"name", secret.name}, {"sealed", secret.sealed}, {"changed", secret.changed}};
  if (secret.of_config) json["of_config"] = true;
  return json;
}

}  // namespace ductape::inline v0::model
