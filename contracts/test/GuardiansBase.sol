// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuardians} from "../src/interfaces/IGuardians.sol";
import {LedgerBase} from "./LedgerBase.sol";

/// @notice Maria's family: three guardians of whom two suffice, with a delay of two days.
abstract contract GuardiansBase is LedgerBase {
    string[3] private _names = ["Ana", "Bento", "Clara"];

    /// @dev Guardians in ascending order of their addresses.
    function guardianKeyAt(uint256 position) internal view returns (uint256 key) {
        for (uint256 i; i < 3; i++) {
            uint256 lower;
            for (uint256 j; j < 3; j++) {
                if (addressOf(_names[j]) < addressOf(_names[i])) lower++;
            }
            if (lower == position) key = keyOf(_names[i]);
        }
    }

    function guardianAt(uint256 position) internal view returns (address) {
        return vm.addr(guardianKeyAt(position));
    }

    function family() internal view returns (IGuardians.GuardianSet memory set) {
        set.guardians = new address[](3);
        for (uint256 i; i < 3; i++) {
            set.guardians[i] = guardianAt(i);
        }
        (set.threshold, set.delay, set.salt) = (2, 2 days, keccak256("salt of the family"));
    }

    /// @notice Puts the family in force; the subject's nonce is 1 afterwards.
    function guard(address subject) internal returns (bytes32) {
        return guard(subject, family());
    }

    function guard(address subject, IGuardians.GuardianSet memory set) internal returns (bytes32 commitment) {
        commitment = subjects.guardianCommitment(subject, set);
        vm.prank(subject);
        subjects.setGuardians(subject, commitment);
    }

    /// @notice As `guard`, but the subject's word is as if it had never acted.
    function guardWithoutNonce(address subject) internal returns (bytes32 commitment) {
        commitment = guard(subject);
        vm.store(address(subjects), keccak256(abi.encode(subject, uint256(3))), 0);
        same(subjects.nonceOf(subject), 0, "nonce as set");
    }

    /// @notice The first and the last guardian sign, the middle one does not.
    function signedByTwo(bytes32 digest) internal view returns (bytes[] memory signatures) {
        signatures = new bytes[](3);
        signatures[0] = signed(guardianKeyAt(0), digest);
        signatures[2] = signedCompact(guardianKeyAt(2), digest);
    }

    function setGuardiansDigest(address subject, bytes32 commitment, uint64 nonce, uint48 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256("SetGuardians(address subject,bytes32 commitment,uint64 nonce,uint48 deadline)");
        return onSubjects(keccak256(abi.encode(typeHash, subject, commitment, nonce, deadline)));
    }

    function vetoDigest(address subject, uint64 nonce, uint48 deadline) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("VetoRecovery(address subject,uint64 nonce,uint48 deadline)");
        return onSubjects(keccak256(abi.encode(typeHash, subject, nonce, deadline)));
    }

    function recoverDigest(address subject, address newController, uint64 nonce, uint48 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256("Recover(address subject,address newController,uint64 nonce,uint48 deadline)");
        return onSubjects(keccak256(abi.encode(typeHash, subject, newController, nonce, deadline)));
    }

    function guardiansRevokeAllDigest(address subject, uint32 epoch, uint48 deadline) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("GuardiansRevokeAll(address subject,uint32 epoch,uint48 deadline)");
        return onSubjects(keccak256(abi.encode(typeHash, subject, epoch, deadline)));
    }

    function onSubjects(bytes32 structHash) private view returns (bytes32) {
        return typedDigest("Anamnesis Subjects", address(subjects), structHash);
    }

    /// @dev Expects the set in force, the next one, and when that begins.
    function expectSet(bytes32 current, bytes32 next, uint48 nextFrom) internal view {
        (bytes26 actual, bytes26 actualNext, uint48 actualFrom) = subjects.guardiansOf(maria);
        same(bytes32(actual), bytes32(bytes26(current)), "in force");
        same(bytes32(actualNext), bytes32(bytes26(next)), "next");
        same(actualFrom, nextFrom, "next from");
    }
}
