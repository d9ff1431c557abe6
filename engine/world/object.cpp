#include "engine/world/object.h"

#include <cstring>

namespace engine {

void Name::assign(std::string_view text) {
  delete[] text_;
  text_ = nullptr;
  if (text.empty()) return;
  text_ = new char[text.size() + 1];
  std::memcpy(text_, text.data(), text.size());
  text_[text.size()] = '\0';
}

Object::Object(ObjectKind kind, std::string_view name)
    : id_(here().next_object++), kind_(kind), name_(name) {
  here().objects.push_back(*this);
  emit(EventKind::kCreate, id_, 0, static_cast<uint64_t>(kind));
}

// The end of an object is no event: it may come with the parameters of a coroutine, which compilers
// destroy in different orders.
Object::~Object() = default;

}  // namespace engine
