# Read by cpack when it runs, before each generator.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
  set(ENV{SOURCE_DATE_EPOCH} ${CPACK_KEDGE_EPOCH})
endif()
# cpack looks for dpkg-shlibdeps unless it has been given one. It knows no sysroot, which ours does.
if(CPACK_KEDGE_SYSROOT)
  set(SHLIBDEPS_EXECUTABLE ${CMAKE_COMMAND} -E env KEDGE_SYSROOT=${CPACK_KEDGE_SYSROOT}
    KEDGE_TRIPLET=${CPACK_KEDGE_TRIPLET} DEB_HOST_ARCH=${CPACK_DEBIAN_PACKAGE_ARCHITECTURE} ${CPACK_KEDGE_SHLIBDEPS})
endif()
