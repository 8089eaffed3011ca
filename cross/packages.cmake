# The Debian packages: `cpack` in the build folder makes kedge, kedge-drydock (where the tests are built) and their debug
# symbols (-dbgsym). Included before the rooms are added, for the flags and the default component hold for all of them.

# Of the package, not of Kedge: another build of the same version, for another release of Debian, has another one (1+deb13).
set(KEDGE_PACKAGE_RELEASE 1 CACHE STRING "Debian revision of the packages")
if(NOT DEFINED KEDGE_DEBIAN_ARCH)  # a cross build's toolchain file has it
  execute_process(COMMAND dpkg --print-architecture OUTPUT_VARIABLE KEDGE_DEBIAN_ARCH OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
set(packages_folder ${CMAKE_CURRENT_LIST_DIR}/debian)

# What is shipped is hardened, as Debian builds its own packages, and carries debug symbols until cpack splits them off. Paths
# of the machine that builds are no business of the device.
set(release_flags -g -ffile-prefix-map=${CMAKE_SOURCE_DIR}=kedge -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
if(CMAKE_SYSROOT)
  list(APPEND release_flags -ffile-prefix-map=${CMAKE_SYSROOT}=)
endif()
if(NOT KEDGE_SANITIZE)
  list(APPEND release_flags -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  if(KEDGE_DEBIAN_ARCH STREQUAL amd64)
    list(APPEND release_flags -fcf-protection)
  elseif(KEDGE_DEBIAN_ARCH STREQUAL arm64)
    list(APPEND release_flags -mbranch-protection=standard)
  elseif(KEDGE_DEBIAN_ARCH STREQUAL armhf)
    list(REMOVE_ITEM release_flags -fstack-clash-protection)  # Debian does not use it there either
  endif()
endif()
add_compile_options("$<$<CONFIG:Release>:${release_flags}>")
# Everything is bound at the start, and the tables are then read-only.
add_link_options($<$<CONFIG:Release>:LINKER:-z,relro,-z,now>)

# What names no component of its own is the device's.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME kedge)
# Whatever the umask of the one who builds.
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# The same time in every build of a commit: of the changelog's entry, and of the files in the package.
set(packages_epoch "$ENV{SOURCE_DATE_EPOCH}")
if(NOT packages_epoch)
  execute_process(COMMAND git log -1 --format=%ct WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    OUTPUT_VARIABLE packages_epoch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT packages_epoch)  # not from git: the time of the changelog
  file(TIMESTAMP ${CMAKE_SOURCE_DIR}/CHANGELOG.md packages_epoch "%s" UTC)
endif()
execute_process(COMMAND date --utc --date=@${packages_epoch} "+%a, %d %b %Y %H:%M:%S +0000"
  OUTPUT_VARIABLE packages_date OUTPUT_STRIP_TRAILING_WHITESPACE)

set(CPACK_PACKAGE_CONTACT "The Kedge authors <kedge@kedge.invalid>")
# kedge_documents(PACKAGE COMPONENT): what Debian wants in each package's folder of documents. cpack compresses it.
function(kedge_documents package component)
  configure_file(${packages_folder}/changelog.in ${CMAKE_BINARY_DIR}/packages/${package}/changelog.Debian @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/packages/${package}/changelog.Debian ${packages_folder}/copyright
    DESTINATION share/doc/${package} COMPONENT ${component} ${ARGN})
  install(FILES ${CMAKE_SOURCE_DIR}/CHANGELOG.md DESTINATION share/doc/${package} RENAME changelog
    COMPONENT ${component} ${ARGN})
  install(FILES ${packages_folder}/${package}.lintian-overrides DESTINATION share/lintian/overrides RENAME ${package}
    COMPONENT ${component} ${ARGN})
endfunction()
kedge_documents(kedge kedge)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own; cpack would put the project's before it
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL kedge)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${KEDGE_DEBIAN_ARCH})
set(CPACK_DEBIAN_PACKAGE_RELEASE ${KEDGE_PACKAGE_RELEASE})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# It strips, too: CPACK_STRIP_FILES would do so before the symbols are split off.
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)
set(CPACK_OBJCOPY_EXECUTABLE ${CMAKE_OBJCOPY})
set(CPACK_READELF_EXECUTABLE ${CMAKE_READELF})
set(CPACK_KEDGE_EPOCH ${packages_epoch})
set(CPACK_KEDGE_SHLIBDEPS ${packages_folder}/shlibdeps)
set(CPACK_KEDGE_SYSROOT ${CMAKE_SYSROOT})
set(CPACK_KEDGE_TRIPLET ${CMAKE_LIBRARY_ARCHITECTURE})
set(CPACK_PROJECT_CONFIG_FILE ${packages_folder}/options.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${packages_folder}/finish.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${packages_folder}/symbols.cmake)

set(CPACK_DEBIAN_KEDGE_PACKAGE_NAME kedge)
set(CPACK_DEBIAN_KEDGE_PACKAGE_SECTION admin)
# Beside the libraries, which dpkg-shlibdeps finds: systemd is what starts and supervises it, curl is download-file's.
# Everything else that the handlers call is essential, or is what the job is about.
set(CPACK_DEBIAN_KEDGE_PACKAGE_DEPENDS "curl, systemd (>= 250)")
# dbus: without a bus the command uses a socket. ca-certificates: for https downloads; the broker's CA is a file of its own.
set(CPACK_DEBIAN_KEDGE_PACKAGE_RECOMMENDS "ca-certificates, dbus")
# Only where others than root are to change something; without it root alone does.
set(CPACK_DEBIAN_KEDGE_PACKAGE_SUGGESTS polkitd)
set(CPACK_DEBIAN_KEDGE_PACKAGE_CONTROL_EXTRA
  ${packages_folder}/postinst ${packages_folder}/prerm ${packages_folder}/postrm)
set(CPACK_COMPONENT_KEDGE_DESCRIPTION
"job agent for AWS IoT whose cancelled work is really undone
Takes jobs from AWS IoT Jobs over MQTT, runs their steps, and can be called
off at any moment: whatever is cancelled, fails, times out or loses power,
the device ends either done or back where it started, and says which.

It starts nothing until a thing is configured: kedge setup does that.")

if(KEDGE_TESTS)
  list(APPEND CPACK_COMPONENTS_ALL drydock)
  kedge_documents(kedge-drydock drydock EXCLUDE_FROM_ALL)
  set(CPACK_DEBIAN_DRYDOCK_PACKAGE_NAME kedge-drydock)
  set(CPACK_DEBIAN_DRYDOCK_PACKAGE_SECTION net)
  set(CPACK_DEBIAN_DRYDOCK_PACKAGE_RECOMMENDS "mosquitto, mosquitto-clients")
  set(CPACK_DEBIAN_DRYDOCK_PACKAGE_SUGGESTS awscli)
  set(CPACK_COMPONENT_DRYDOCK_DESCRIPTION
"local AWS IoT Jobs service for the bench
Speaks the device's side over an MQTT broker and the operator's side to the
real aws command, with the states, errors and notifications of AWS IoT Jobs.
It loses, delays, doubles and refuses messages when told to, so that a
fleet's recovery can be tested without the cloud.")
endif()
include(CPack)
