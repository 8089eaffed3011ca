set(KEDGE_DEBIAN_ARCH armhf)
set(KEDGE_TRIPLET arm-linux-gnueabihf)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
# g++ tells, for each use, that parameters are passed differently since version 7; nothing here is that old.
set(CMAKE_CXX_FLAGS_INIT -Wno-psabi)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
