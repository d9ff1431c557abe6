#include "sim/programs/images.h"

#include <string>
#include <string_view>

#include "engine/world/hash.h"
#include "engine/world/local.h"
#include "sim/container/container.h"
#include "sim/container/image_builder.h"
#include "sim/container/runtime.h"
#include "sim/programs/program.h"

namespace sim::programs {
namespace {

using container::BuildFile;
using container::Image;
using container::ImageBuilder;

constexpr int64_t kBuiltAt = 1'767'225'600;  // when every world begins
constexpr int64_t kMegabyte = 1'000'000;
constexpr uint16_t kExecutable = 0755;

// The names of /bin/busybox.
constexpr std::string_view kTools[] = {
    "[",     "cat",    "cp",    "date", "echo",     "env",    "false", "head", "hostname", "id",
    "kill",  "ls",     "mkdir", "mv",   "nslookup", "printf", "ps",    "pwd",  "rm",       "sh",
    "sleep", "stress", "tail",  "test", "touch",    "true",   "wc",    "wget",
};

struct Base : engine::WorldLocal {
  engine::Ref<Image> image;
};

BuildFile text_file(std::string path, std::string text, uint16_t mode = container::kFileMode) {
  BuildFile file;
  file.path = std::move(path);
  file.text = std::move(text);
  file.mode = mode;
  return file;
}

BuildFile big_file(std::string path, int64_t bytes, std::string what) {
  BuildFile file = text_file(std::move(path), std::move(what), kExecutable);
  file.sized_bytes = bytes;
  return file;
}

// What all images stand on: a small system with a shell.
engine::Ref<Image> base_image() {
  Base& base = engine::world_local<Base>();
  if (base.image) return base.image;
  ImageBuilder system(kBuiltAt);
  system.add(
      "rootfs.tar.gz", "/",
      {text_file("etc/os-release", "NAME=\"Orrery Linux\"\nID=orrery\nVERSION_ID=1\n"),
       text_file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
       text_file("etc/group", "root:x:0:\n"),
       text_file("bin/busybox",
                 std::string("#!orrery/busybox:1") + std::string(container::kWantsItsName) + "\n",
                 kExecutable),
       big_file("lib/libc.so", 620'000, "the C library"),
       big_file("lib/apk/db", 4 * kMegabyte, "the database of packages")});
  system.cmd({"/bin/sh"});
  constexpr std::string_view kCommand = "busybox --install -s /bin && apk add ca-certificates";
  system.run(kCommand, [](container::UnionFs& files) -> engine::Error {
    for (const std::string_view tool : kTools) {
      const std::string path = "/bin/" + std::string(tool);
      const container::WriteResult linked = files.symlink("/bin/busybox", path);
      if (linked.error) return linked.error;
    }
    for (const std::string_view path : {"/tmp", "/root", "/srv", "/var/log", "/var/lib"}) {
      const container::WriteResult made = files.make_directories(path);
      if (made.error) return made.error;
    }
    const container::WriteResult made = files.make_directories("/etc/ssl/certs");
    if (made.error) return made.error;
    return files.write_sized("/etc/ssl/certs/ca-certificates.crt", 220'000, "certificates").error;
  });
  base.image = system.build().image;
  return base.image;
}

// A size that differs from program to program.
int64_t binary_bytes(std::string_view name) {
  constexpr int64_t kLeast = 8 * kMegabyte;
  return kLeast + static_cast<int64_t>(engine::hash_bytes(name) % (16 * kMegabyte));
}

std::string base_name(std::string_view image) {
  const size_t slash = image.rfind('/');
  if (slash != std::string_view::npos) image.remove_prefix(slash + 1);
  return std::string(image.substr(0, image.find(':')));
}

engine::Ref<Image> build(std::string_view program) {
  const std::string name = base_name(program);
  const std::string path = "/usr/local/bin/" + name;
  ImageBuilder builder(base_image(), kBuiltAt);
  if (name == "busybox") {
    // The system alone.
    builder.cmd({"sh"});
    return builder.build().image;
  }
  builder.copy(name, "/usr/local/bin/",
               {text_file(name, container::executable_text(program), kExecutable)});
  builder.run("install " + name, [&](container::UnionFs& files) {
    return files.truncate(path, binary_bytes(name)).error;
  });
  builder.entrypoint({path});
  return builder.build().image;
}

container::ProgramMain find_main(std::string_view program) {
  const Program* const found = find(program);
  return found == nullptr ? nullptr : found->main;
}

void fill(container::Registry& registry) {
  for (const Program& program : all()) {
    registry.offer(container::parse_reference(program.image).reference,
                   [image = program.image] { return build(image); });
  }
}

}  // namespace

void provide_images() {
  container::Catalogue catalogue;
  catalogue.find = find_main;
  catalogue.fill = fill;
  container::set_catalogue(catalogue);
}

}  // namespace sim::programs
