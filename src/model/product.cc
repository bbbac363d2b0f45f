// SPDX-License-Identifier: Apache-2.0
#include "src/model/event.h"
#include "src/model/objects.h"

namespace ductape::inline v0::model {

void read(Fields& fields, Product& into) {
  fields.required({"tag"});
  fields.text({"tag"}, into.tag);
  fields.text({"name"}, into.name);
}

Json to_json(const Product& product) {
  return {{"tag", product.tag}, {"name", product.name.empty() ? product.tag : product.name}};
}

Result<void> check(Product& product, const std::string& path) {
  if (auto done = check_tag(path + (path.empty() ? "" : "/tag: ") + "product tag", product.tag); !done) return done;
  if (product.name.empty()) product.name = product.tag;
  if (auto done = check_utf8(path + "/name", product.name); !done) return done;
  return {};
}

}  // namespace ductape::inline v0::model
