# A Debian board, built against a sysroot made of its own packages (cross/sysroot). Included by ARCH.cmake.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${KEDGE_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${KEDGE_TRIPLET}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${KEDGE_TRIPLET})
# Programs from here, everything else from the sysroot only: a library of this machine must never be found.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# There is no cross pkg-config: point the ordinary one into the sysroot.
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/${KEDGE_TRIPLET}/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)
