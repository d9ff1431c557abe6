#include "engine/sync/error.h"

namespace engine {
namespace {

/// An error with a text, and perhaps with others inside.
class TextError final : public detail::ErrorBox {
 public:
  TextError(std::string text, std::vector<Error> wrapped, bool joined)
      : text_(std::move(text)), wrapped_(std::move(wrapped)), joined_(joined) {}
  void append_message(std::string& out) const override { out += text_; }
  [[nodiscard]] std::span<const Error> wrapped() const override { return wrapped_; }
  [[nodiscard]] bool wraps_one() const override { return !joined_ && wrapped_.size() == 1; }

 private:
  std::string text_;
  std::vector<Error> wrapped_;
  bool joined_;
};

Error make_text(std::string text, std::vector<Error> wrapped, bool joined) {
  return Error(Ref<detail::ErrorBox>(new TextError(std::move(text), std::move(wrapped), joined)));
}

}  // namespace

std::string Error::message() const {
  std::string text;
  append_operand(text, *this);
  return text;
}

bool Error::operator==(const Error& other) const {
  if (sentinel_ != other.sentinel_) return false;
  if (box_.get() == other.box_.get()) return true;
  return box_ && other.box_ && box_->equals(*other.box_);
}

void append_operand(std::string& out, const Error& error) {
  if (error.box_) {
    error.box_->append_message(out);
  } else {
    out += error.sentinel_ != nullptr ? error.sentinel_->text() : std::string_view("<nil>");
  }
}

Error errors_new(std::string_view text) {
  return make_text(std::string(text), {}, false);
}

bool errors_is(const Error& error, const Error& target) {
  if (error == target) return true;
  if (!error.box_ || !target) return false;
  if (error.box_->is(target)) return true;
  for (const Error& inner : error.box_->wrapped()) {
    if (errors_is(inner, target)) return true;
  }
  return false;
}

Error errors_unwrap(const Error& error) {
  if (!error.box_ || !error.box_->wraps_one()) return nullptr;
  return error.box_->wrapped().front();
}

Error errors_join(std::span<const Error> errors) {
  std::string text;
  std::vector<Error> wrapped;
  for (const Error& error : errors) {
    if (!error) continue;
    if (!wrapped.empty()) text += '\n';
    append_operand(text, error);
    wrapped.push_back(error);
  }
  if (wrapped.empty()) return nullptr;
  return make_text(std::move(text), std::move(wrapped), true);
}

Error detail::make_wrapping(std::string text, std::vector<Error> wrapped) {
  return make_text(std::move(text), std::move(wrapped), false);
}

const void* detail::find_error_value(const Error& error, const void* type) {
  if (!error.box_) return nullptr;
  if (const void* value = error.box_->value(type)) return value;
  for (const Error& inner : error.box_->wrapped()) {
    if (const void* value = find_error_value(inner, type)) return value;
  }
  return nullptr;
}

}  // namespace engine
