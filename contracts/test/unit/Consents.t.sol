// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {OwnedWallet} from "../Wallets.sol";

/// @notice Refusals. What a consent permits is in Permits.t.sol.
contract ConsentsTest is LedgerBase {
    uint256 private phoneKey = keyOf("phone 2");
    address private phone = addressOf("phone 2");

    function invalid(address subject, uint32 index, address controller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IConsents.Consents_InvalidRevocation.selector, subject, index, controller);
    }

    function test_constructor_knowsItsNeighbours() public view {
        same(address(consents.subjects()), address(subjects), "subjects");
        same(address(consents.directory()), address(directory), "directory");
        same(consents.version(), "1.0.0", "version");
    }

    function test_eip712Domain_isAsDocumented() public view {
        (bytes1 fields, string memory name, string memory version, uint256 chain, address verifier, bytes32 salt,) =
            consents.eip712Domain();
        same(uint8(fields), 0x0f, "fields");
        same(name, "Anamnesis Consents", "name");
        same(version, "1", "version");
        same(chain, block.chainid, "chain");
        same(verifier, address(consents), "contract");
        same(salt, 0, "salt");
    }

    function test_revoke_setsOneBit() public {
        vm.expectEmit(address(consents));
        emit IConsents.ConsentRevoked(maria, 258);
        vm.prank(maria);
        consents.revoke(maria, 258);
        isTrue(consents.isRevoked(maria, 258), "revoked");
        isFalse(consents.isRevoked(maria, 257), "neighbour below");
        isFalse(consents.isRevoked(maria, 259), "neighbour above");
        isFalse(consents.isRevoked(maria, 2), "same bit of another word");
        isFalse(consents.isRevoked(phone, 258), "another subject");
        same(consents.revocationWord(maria, 1), 4, "word 1");
        same(consents.revocationWord(maria, 0), 0, "word 0");
    }

    function test_revoke_reachesTheLastIndex() public {
        vm.prank(maria);
        consents.revoke(maria, type(uint32).max);
        isTrue(consents.isRevoked(maria, type(uint32).max), "revoked");
        same(consents.revocationWord(maria, type(uint24).max), 1 << 255, "last word");
    }

    function test_revoke_isSilentTheSecondTime() public {
        vm.startPrank(maria);
        consents.revoke(maria, 7);
        vm.recordLogs();
        consents.revoke(maria, 7);
        same(vm.getRecordedLogs().length, 0, "events");
        same(consents.revocationWord(maria, 0), 1 << 7, "word");
    }

    function test_revoke_isForTheControllerToo() public {
        vm.prank(maria);
        subjects.rotate(maria, phone);
        vm.prank(phone);
        consents.revoke(maria, 1);
        isTrue(consents.isRevoked(maria, 1), "by the controller");
    }

    function test_revoke_isForTheSubjectEvenAfterRotation() public {
        vm.prank(maria);
        subjects.rotate(maria, phone);
        vm.prank(maria);
        consents.revoke(maria, 2);
        isTrue(consents.isRevoked(maria, 2), "by the subject");
    }

    function test_revoke_revertsIfNotSubject() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IConsents.Consents_NotController.selector, maria, maria, stranger));
        consents.revoke(maria, 1);
    }

    function test_revoke_revertsIfFormerController() public {
        vm.prank(maria);
        subjects.rotate(maria, phone);
        vm.startPrank(phone);
        subjects.rotate(maria, stranger);
        vm.expectRevert(abi.encodeWithSelector(IConsents.Consents_NotController.selector, maria, stranger, phone));
        consents.revoke(maria, 1);
    }

    function test_revokeBySig_isCarriedByAnyone() public {
        bytes memory signature = signed(mariaKey, revokeDigest(maria, 300));
        vm.expectEmit(address(consents));
        emit IConsents.ConsentRevoked(maria, 300);
        vm.prank(relayer);
        consents.revokeBySig(maria, 300, signature);
        isTrue(consents.isRevoked(maria, 300), "revoked");
    }

    function test_revokeBySig_takesACompactSignature() public {
        consents.revokeBySig(maria, 300, signedCompact(mariaKey, revokeDigest(maria, 300)));
        isTrue(consents.isRevoked(maria, 300), "revoked");
    }

    function test_revokeBySig_isHarmlessTheSecondTime() public {
        bytes memory signature = signed(mariaKey, revokeDigest(maria, 300));
        consents.revokeBySig(maria, 300, signature);
        vm.recordLogs();
        consents.revokeBySig(maria, 300, signature);
        same(vm.getRecordedLogs().length, 0, "events");
        isTrue(consents.isRevoked(maria, 300), "revoked");
    }

    function test_revokeBySig_acceptsSubjectAndControllerAfterRotation() public {
        vm.prank(maria);
        subjects.rotate(maria, phone);
        consents.revokeBySig(maria, 1, signed(phoneKey, revokeDigest(maria, 1)));
        consents.revokeBySig(maria, 2, signed(mariaKey, revokeDigest(maria, 2)));
        same(consents.revocationWord(maria, 0), 6, "word");
    }

    function test_revokeBySig_acceptsAContractWallet() public {
        address wallet = address(new OwnedWallet(phone));
        consents.revokeBySig(wallet, 1, signed(phoneKey, revokeDigest(wallet, 1)));
        isTrue(consents.isRevoked(wallet, 1), "wallet as subject");
        vm.prank(maria);
        subjects.rotate(maria, wallet);
        consents.revokeBySig(maria, 1, signed(phoneKey, revokeDigest(maria, 1)));
        isTrue(consents.isRevoked(maria, 1), "wallet as controller");
    }

    function test_revokeBySig_acceptsAnAccountThatDelegatedToCode() public {
        // EIP-7702: an account with a key and code. Its own signature counts, whatever the code would say.
        vm.etch(maria, hex"ef0100000000000000000000000000000000000000dead");
        consents.revokeBySig(maria, 1, signed(mariaKey, revokeDigest(maria, 1)));
        isTrue(consents.isRevoked(maria, 1), "revoked");
    }

    function test_revokeBySig_revertsIfSignedByAnother() public {
        bytes memory signature = signed(phoneKey, revokeDigest(maria, 1));
        vm.expectRevert(invalid(maria, 1, maria));
        consents.revokeBySig(maria, 1, signature);
        vm.prank(maria);
        subjects.rotate(maria, stranger);
        vm.expectRevert(invalid(maria, 1, stranger));
        consents.revokeBySig(maria, 1, signature);
    }

    function test_revokeBySig_revertsIfAnyPartDiffers() public {
        bytes memory signature = signed(mariaKey, revokeDigest(maria, 1));
        vm.expectRevert(invalid(maria, 2, maria));
        consents.revokeBySig(maria, 2, signature);
        vm.expectRevert(invalid(phone, 1, phone));
        consents.revokeBySig(phone, 1, signature);
    }

    function test_revokeBySig_revertsOnAnotherChain() public {
        bytes memory signature = signed(mariaKey, revokeDigest(maria, 1));
        vm.chainId(1);
        vm.expectRevert(invalid(maria, 1, maria));
        consents.revokeBySig(maria, 1, signature);
    }

    function test_revokeBySig_revertsIfMalformed() public {
        vm.expectRevert(invalid(maria, 1, maria));
        consents.revokeBySig(maria, 1, "");
        vm.expectRevert(invalid(maria, 1, maria));
        consents.revokeBySig(maria, 1, new bytes(65));
        // Recovery of a malformed signature yields the zero address, which must not pass for a subject of that name.
        vm.expectRevert(invalid(address(0), 1, address(0)));
        consents.revokeBySig(address(0), 1, new bytes(65));
    }
}
