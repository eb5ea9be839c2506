// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {LedgerBase} from "../LedgerBase.sol";

/// @notice Revocation bits against a plain set, and `permits` against a plain reading of the terms.
contract ConsentsFuzzTest is LedgerBase {
    mapping(address subject => mapping(uint32 index => bool)) private _refused;

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
    }

    function testFuzz_revoke_setsExactlyItsBit(uint32[8] calldata indexes, uint32 probe) public {
        uint256 otherKey = keyOf("other");
        for (uint256 i = 0; i < indexes.length; i++) {
            // Small indexes as well, so that several fall into one word.
            uint32 index = i % 2 == 0 ? indexes[i] : indexes[i] % 512;
            address subject = i % 3 == 0 ? vm.addr(otherKey) : maria;
            uint256 key = subject == maria ? mariaKey : otherKey;
            if (i < 4) {
                vm.prank(subject);
                consents.revoke(subject, index);
            } else {
                consents.revokeBySig(subject, index, signed(key, revokeDigest(subject, index)));
            }
            _refused[subject][index] = true;
            isTrue(consents.isRevoked(subject, index), "just revoked");
        }
        expectSame(maria, probe);
        expectSame(vm.addr(otherKey), probe);
        for (uint32 index = 0; index < 512; index++) {
            expectSame(maria, index);
        }
    }

    function testFuzz_revokeBySig_isForSubjectOrControllerAlone(uint256 key, uint32 index, bool rotated) public {
        key = within(key, 1, type(uint128).max);
        vm.assume(vm.addr(key) != maria);
        if (rotated) {
            vm.prank(maria);
            subjects.rotate(maria, vm.addr(key));
        }
        bytes memory signature = signed(key, revokeDigest(maria, index));
        try consents.revokeBySig(maria, index, signature) {
            isTrue(rotated, "a stranger refused");
        } catch {
            isFalse(rotated, "the controller was turned away");
        }
        isTrue(consents.isRevoked(maria, index) == rotated, "bit");
    }

    function testFuzz_permits_readsTheTermsPlainly(
        IConsents.Consent memory terms,
        IConsents.Request memory request,
        uint256 dice
    ) public view {
        // Near misses are likelier than with free values: most members agree, single ones differ.
        terms.subject = maria;
        terms.epoch = 0;
        terms.grantee = dice & 15 == 0 ? terms.grantee : 1;
        request.grantee = dice & (15 << 4) == 0 ? request.grantee : 1;
        if (dice & (1 << 8) != 0) terms.recipient = 0;
        if (dice & (1 << 9) != 0) request.recipient = terms.recipient;
        if (dice & (3 << 10) != 0) terms.categories |= request.categories;
        if (dice & (3 << 12) != 0) terms.sensitive |= request.sensitive;
        if (dice & (3 << 14) != 0) request.purpose = uint32(1) << uint8((dice >> 64) % 32);
        if (dice & (3 << 16) != 0) terms.purposes |= request.purpose;
        if (dice & (3 << 18) != 0) terms.actions |= request.action;
        if (terms.validFrom > terms.validUntil && dice & (3 << 22) != 0) {
            (terms.validFrom, terms.validUntil) = (terms.validUntil, terms.validFrom);
        }
        if (terms.validFrom < terms.validUntil && dice & (3 << 20) != 0) {
            request.time = uint48(within(request.time, terms.validFrom, terms.validUntil - 1));
        }
        bytes memory signature = signed(mariaKey, consents.digest(terms));
        isTrue(consents.permits(terms, signature, request) == plainly(terms, request), "permits");
    }

    /// @dev The meaning of the terms, bit by bit and without any packing.
    function plainly(IConsents.Consent memory terms, IConsents.Request memory request) private pure returns (bool) {
        uint256 purposes;
        for (uint256 bit = 0; bit < 32; bit++) {
            bool asked = (request.purpose >> bit) % 2 == 1;
            if (asked) purposes++;
            if (asked && (terms.purposes >> bit) % 2 == 0) return false;
            if ((request.categories >> bit) % 2 == 1 && (terms.categories >> bit) % 2 == 0) return false;
            if (bit < 16 && (request.sensitive >> bit) % 2 == 1 && (terms.sensitive >> bit) % 2 == 0) return false;
            if (bit < 16 && (request.action >> bit) % 2 == 1 && (terms.actions >> bit) % 2 == 0) return false;
        }
        return purposes == 1 && request.categories > 0 && request.action > 0 && terms.grantee == 1
            && request.grantee == 1 && (terms.recipient == 0 || terms.recipient == request.recipient)
            && terms.validFrom <= request.time && request.time < terms.validUntil;
    }

    function expectSame(address subject, uint32 index) private view {
        isTrue(consents.isRevoked(subject, index) == _refused[subject][index], "isRevoked");
        uint256 bit = (consents.revocationWord(subject, uint24(index / 256)) >> (index % 256)) % 2;
        isTrue((bit == 1) == _refused[subject][index], "revocationWord");
    }
}
